#!/bin/sh
# The storage tool, at the place and with the arguments of the official image.
exec java -cp '/opt/kafka/libs/*' -Dorg.slf4j.simpleLogger.defaultLogLevel=warn kafka.tools.StorageTool "$@"
