import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;

/** The fields of an observation that the fold asks for, read with Jackson's streaming parser. */
record Observation(String type, int slot, String observedAt, long observedUs, boolean free, int vacant) {
    private static final JsonFactory JSON = new JsonFactory();

    boolean isCount() {
        return type.equals("site_counted");
    }

    static Observation read(byte[] value) {
        String type = "";
        String device = "";
        String observedAt = "";
        boolean free = false;
        int vacant = 0;
        try (JsonParser parser = JSON.createParser(value)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                switch (name) {
                    case "type" -> type = parser.getText();
                    case "device_id" -> device = parser.getText();
                    case "observed_at" -> observedAt = parser.getText();
                    case "state" -> free = parser.getText().equals("free");
                    case "vacant" -> vacant = parser.getIntValue();
                    default -> parser.skipChildren();
                }
            }
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
        return new Observation(type, slot(device), observedAt, microseconds(observedAt), free, vacant);
    }

    /** Of "z12s34" 34; a site's device has no slot of its own. */
    private static int slot(String device) {
        int at = device.lastIndexOf('s');
        return device.startsWith("z") && at > 0 ? Integer.parseInt(device, at + 1, device.length(), 10) : 0;
    }

    private static long microseconds(String time) {
        Instant at = Instant.parse(time);
        return at.getEpochSecond() * 1_000_000 + at.getNano() / 1_000;
    }
}
