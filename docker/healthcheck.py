#!/usr/local/bin/python3 -I
"""Ask a part of placelibre whether it is well: `healthcheck [URL]`, or the URL in HEALTHCHECK_URL.

Exit code 0 where it answers 2xx, or where there is no URL to ask (a feed listens nowhere, it lives or is restarted);
1 otherwise, with one line that says what came instead. The standard library alone: it runs every few seconds, and
importing placelibre would cost more than what it watches.
"""

import os
import sys
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

TIMEOUT_S = 4


def main(url: str | None) -> int:
    """Ask, and say what came."""
    if not url:
        return 0
    try:
        with build_opener(ProxyHandler({})).open(url, timeout=TIMEOUT_S) as answer:  # a proxy has no say in here
            print(answer.status)
    except HTTPError as refused:
        print(refused.code, refused.read(400).decode(errors="replace"))
        return 1
    except (OSError, ValueError) as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("HEALTHCHECK_URL")))
