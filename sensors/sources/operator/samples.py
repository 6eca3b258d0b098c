"""Small payloads, written by us in the desk's shape."""

PAYLOAD = (
    b'{"command":"override","decision":"3f9a1c20d4e5b687","tenant":"t","place":"halles","author":"Ada",'
    b'"said_at":"2026-05-04T11:59:00Z","aspect":"number","category":"public","vacant":12,'
    b'"reason":"counting_fault","expires_at":"2026-05-04T18:00:00Z","note":"la boucle 3 compte double"}'
)

MORE = (
    b'{"command":"release","decision":"4f9a1c20d4e5b687","tenant":"t","place":"halles","author":"Ada",'
    b'"said_at":"2026-05-04T13:59:00+02:00","aspect":"opening"}',
    b'{"command":"recount","decision":"5f9a1c20d4e5b687","tenant":"t","place":"halles","author":"Ada",'
    b'"said_at":"2026-05-04T11:59:00Z","counted_at":"2026-05-04T11:50:00Z","vacant":40,"category":"ev"}',
    b'{"command":"override","decision":"6f9a1c20d4e5b687","tenant":"t","place":"rue","author":"Ada",'
    b'"said_at":"2026-05-04T11:59:00Z","aspect":"device","source":"counter","device":"a",'
    b'"reason":"maintenance","expires_at":"2026-05-05T18:00:00Z"}',
    b'{"command":"override","decision":"7f9a1c20d4e5b687","tenant":"t","place":"rue","author":"Ada",'
    b'"said_at":"2026-05-04T11:59:00Z","aspect":"space","space":"*","reason":"works",'
    b'"expires_at":"2026-05-05T18:00:00Z"}',
)
"""For the fuzzer, and for the tests."""
