// Kafka Streams, exactly once: each transaction becomes two events of the length that the worker writes.
// java -cp 'jars/*' KafkaStreamsPeer.java 127.0.0.1:9092 application-id constants|json
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;

class KafkaStreamsPeer {
  static final ObjectMapper JSON = new ObjectMapper();
  static final byte[] SUGGESTION = "s".repeat(540).getBytes();
  static final byte[] COMPARISON = "c".repeat(560).getBytes();

  public static void main(String[] args) throws Exception {
    var bytes = Serdes.ByteArray();
    var builder = new StreamsBuilder();
    var transactions = builder.stream("transactions", Consumed.with(bytes, bytes));
    if (args[2].equals("json")) {
      var parsed = transactions.mapValues(KafkaStreamsPeer::parse);
      parsed.mapValues(one -> event(one, 180)).to("suggestions", Produced.with(bytes, bytes));
      parsed.mapValues(one -> event(one, 200)).to("suggestion-compare", Produced.with(bytes, bytes));
    } else {
      transactions.mapValues(one -> SUGGESTION).to("suggestions", Produced.with(bytes, bytes));
      transactions.mapValues(one -> COMPARISON).to("suggestion-compare", Produced.with(bytes, bytes));
    }
    var settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, args[1]);
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, args[0]);
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, Files.createTempDirectory("peer").toString());
    settings.put("auto.offset.reset", "earliest");
    settings.put("compression.type", "lz4");
    var streams = new KafkaStreams(builder.build(), settings);
    var ended = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      streams.close();
      ended.countDown();
    }));
    streams.start();
    ended.await();
  }

  static ObjectNode parse(byte[] value) {
    try {
      return (ObjectNode) JSON.readTree(value);
    } catch (Exception error) {
      throw new IllegalArgumentException(error);
    }
  }

  /** Writes the record's fields and a text that makes the event about as long as the worker's. */
  static byte[] event(ObjectNode transaction, int more) {
    try {
      return JSON.writeValueAsBytes(transaction.deepCopy().put("category", "Groceries").put("more", "x".repeat(more)));
    } catch (Exception error) {
      throw new IllegalArgumentException(error);
    }
  }
}
