// java -cp 'kafka-clients.jar:jackson-databind.jar:…' Suggestions.java 127.0.0.1:9092
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;

class Suggestions {
  public static void main(String[] args) throws Exception {
    var text = "org.apache.kafka.common.serialization.StringDeserializer";
    var consumer = new KafkaConsumer<String, String>(Map.of(
        "bootstrap.servers", args[0], "group.id", "consumer-java", "auto.offset.reset", "earliest",
        "isolation.level", "read_committed", "key.deserializer", text, "value.deserializer", text));
    consumer.subscribe(List.of("suggestions"));
    while (true) {
      for (var record : consumer.poll(Duration.ofSeconds(1))) {
        var said = new ObjectMapper().readTree(record.value());
        System.out.println(String.join(" ", said.get("user_id").asText(), said.get("txn_id").asText(),
            said.get("category").asText(), said.get("confidence").asText()));
      }
    }
  }
}
