#!/bin/sh
# Prepares the data folder the first time, with the users of `wardwatch secrets init`, and runs Kafka.
set -eu
properties=/etc/wardwatch/server.properties
/opt/kafka/bin/kafka-storage.sh format --ignore-formatted --cluster-id "$KAFKA_CLUSTER_ID" --config "$properties" \
    @/run/secrets/kafka-users
exec /opt/kafka/bin/kafka-server-start.sh "$properties"
