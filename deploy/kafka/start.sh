#!/bin/sh
# Prepares the data folder the first time, with the users of `wardwatch secrets init`, and runs Kafka.
set -eu
properties=/etc/wardwatch/server.properties
/opt/kafka/bin/kafka-storage.sh format --ignore-formatted --cluster-id "$KAFKA_CLUSTER_ID" --config "$properties" \
    @/run/secrets/kafka-users
# To this machine's clients Kafka has to name the port under which it was published.
advertised=$(sed -n "s/^advertised.listeners=\(.*HOST:\/\/localhost:\)[0-9]*/\1$KAFKA_PUBLISHED_PORT/p" "$properties")
exec /opt/kafka/bin/kafka-server-start.sh "$properties" --override "advertised.listeners=$advertised"
