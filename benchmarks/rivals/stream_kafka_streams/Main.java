import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.state.Stores;

/**
 * The stream benchmark's path on Kafka Streams: RocksDB with its cache and changelog, at least once, one thread. A
 * commit a second, as placelibre does, instead of the default of one in 30 s. Settings come from the environment.
 */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        var redis = RedisClient.create(RedisURI.create(env("REDIS"))).connect().async();
        var store = Stores.keyValueStoreBuilder(
                Stores.persistentKeyValueStore(Fold.STORE), Serdes.String(), Serdes.ByteArray());
        var topology = new Topology()
                .addSource("observations", Serdes.String().deserializer(), Serdes.ByteArray().deserializer(), env("TOPIC"))
                .addProcessor("fold", () -> new Fold(redis), "observations")
                .addStateStore(store.withCachingEnabled(), "fold")
                .addSink("changes", env("CHANGES"), Serdes.String().serializer(), Serdes.ByteArray().serializer(), "fold");
        var streams = new KafkaStreams(topology, settings());
        Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
        streams.start();
    }

    private static Properties settings() {
        var settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, env("GROUP"));
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, env("KAFKA"));
        settings.put(StreamsConfig.STATE_DIR_CONFIG, env("STATE_DIR"));
        settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
        settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 1_000);
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.AT_LEAST_ONCE);
        settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
        settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 5_000);
        settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG), 8_000_000);
        settings.put(StreamsConfig.producerPrefix(ProducerConfig.ACKS_CONFIG), "all");
        return settings;
    }

    private static String env(String name) {
        return System.getenv("BENCH_" + name);
    }
}
