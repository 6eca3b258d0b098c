import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The state of a place as bytes: its vacant count, then for each slot the time of what it last said in microseconds and
 * whether it is free. A counted site has one slot. 904 bytes for a zone of 100 spaces.
 */
final class Place {
    private static final int HEAD = Integer.BYTES;
    private static final int SLOT = Long.BYTES + 1;

    private Place() {}

    static int vacant(byte[] state) {
        return ByteBuffer.wrap(state).getInt(0);
    }

    /** The state after an observation; the same array where it was not newer than what is held. */
    static byte[] fold(byte[] held, Observation seen) {
        int at = HEAD + seen.slot() * SLOT;
        int size = Math.max(at + SLOT, held == null ? 0 : held.length);
        if (held != null && held.length >= at + SLOT && ByteBuffer.wrap(held).getLong(at) >= seen.observedUs()) {
            return held;
        }
        byte[] next = held == null ? new byte[size] : Arrays.copyOf(held, size);
        ByteBuffer state = ByteBuffer.wrap(next);
        int vacant = seen.isCount() ? seen.vacant() : state.getInt(0) + (seen.free() ? 1 : 0) - state.get(at + Long.BYTES);
        state.putInt(0, vacant).putLong(at, seen.observedUs()).put(at + Long.BYTES, (byte) (seen.free() ? 1 : 0));
        return next;
    }
}
