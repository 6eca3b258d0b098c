import io.lettuce.core.RedisFuture;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Folds one partition: the state of each place in a store, then, every 5,000 records or 50 ms, one message to the topic
 * of changes and one row in a Redis call for each changed place.
 *
 * <p>Calls are pipelined, at most {@link #IN_FLIGHT} unanswered. So the offset may be committed a few calls ahead of
 * Redis: less than placelibre promises, and left so because it is how such a topology is written for speed.
 */
final class Fold implements Processor<String, byte[], String, byte[]> {
    static final String STORE = "places";
    private static final int BATCH = 5_000;
    private static final int IN_FLIGHT = 8;
    private static final Duration PAUSE = Duration.ofMillis(50);
    private static final String[] KEYS = {"bench:live", "bench:changes", "bench:done"};
    private static final String KEPT = "100000";

    private record Change(long offset, int vacant, String observedAt) {}

    private final RedisAsyncCommands<String, String> live;
    private final ArrayDeque<RedisFuture<Long>> unanswered = new ArrayDeque<>();
    private final Map<String, Change> changed = new LinkedHashMap<>();
    private ProcessorContext<String, byte[]> context;
    private KeyValueStore<String, byte[]> places;
    private int folded;
    private long reached;

    Fold(RedisAsyncCommands<String, String> live) {
        this.live = live;
    }

    @Override
    public void init(ProcessorContext<String, byte[]> context) {
        this.context = context;
        places = context.getStateStore(STORE);
        context.schedule(PAUSE, PunctuationType.WALL_CLOCK_TIME, now -> writeOut());
    }

    @Override
    public void process(Record<String, byte[]> record) {
        long offset = context.recordMetadata().orElseThrow().offset();
        Observation seen = Observation.read(record.value());
        if (record.key() != null && !seen.type().equals("clock_ticked")) {
            byte[] before = places.get(record.key());
            byte[] after = Place.fold(before, seen);
            if (after != before) {
                places.put(record.key(), after);
                changed.put(record.key(), new Change(offset, Place.vacant(after), seen.observedAt()));
            }
        }
        reached = offset + 1;
        if (++folded >= BATCH) {
            writeOut();
        }
    }

    private void writeOut() {
        if (folded == 0) {
            return;
        }
        List<String> arguments = new ArrayList<>(3 + 3 * changed.size());
        arguments.addAll(List.of(Integer.toString(context.taskId().partition()), Long.toString(reached), KEPT));
        changed.forEach((key, change) -> {
            String place = key.substring(key.indexOf('/') + 1);
            arguments.addAll(List.of(place, Long.toString(change.offset()), Integer.toString(change.vacant())));
            context.forward(new Record<>(key, document(place, change), context.currentSystemTimeMs()));
        });
        unanswered.add(live.fcall("bench_apply", ScriptOutputType.INTEGER, KEYS, arguments.toArray(String[]::new)));
        changed.clear();
        folded = 0;
        await(IN_FLIGHT);
    }

    private void await(int most) {
        while (unanswered.size() > most) {
            unanswered.remove().toCompletableFuture().join();
        }
    }

    private static byte[] document(String place, Change change) {
        String text = "{\"place\":\"%s\",\"vacant\":%d,\"observed_at\":\"%s\",\"offset\":%d}";
        return text.formatted(place, change.vacant(), change.observedAt(), change.offset())
                .getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        await(0);
    }
}
