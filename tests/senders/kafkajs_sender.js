// Sends records with KafkaJS as it comes. Arguments: broker, topic; a record a line on standard input: key, tab, value.
const { createInterface } = require("node:readline");
const { Kafka, logLevel } = require("kafkajs");

const [broker, topic] = process.argv.slice(2);

async function main() {
  const producer = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING }).producer({ idempotent: true });
  const messages = [];
  for await (const line of createInterface({ input: process.stdin })) {
    const at = line.indexOf("\t");
    messages.push({ key: line.slice(0, at), value: line.slice(at + 1) });
  }
  await producer.connect();
  await producer.send({ topic, messages, acks: -1 });
  await producer.disconnect();
}

main().catch((error) => {
  console.error(error.name);
  process.exit(1);
});
