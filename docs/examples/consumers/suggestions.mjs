// npm install @platformatic/kafka; node suggestions.mjs 127.0.0.1:9092
import { Consumer, FetchIsolationLevels, stringDeserializers } from '@platformatic/kafka'

const consumer = new Consumer({
  clientId: 'example', groupId: 'consumer-node', bootstrapBrokers: [process.argv[2]], deserializers: stringDeserializers,
})
const stream = await consumer.consume({
  topics: ['suggestions'], mode: 'earliest', isolationLevel: FetchIsolationLevels.READ_COMMITTED,
})
for await (const record of stream) {
  const said = JSON.parse(record.value)
  console.log(said.user_id, said.txn_id, said.category, said.confidence)
}
