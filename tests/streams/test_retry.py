import pytest

from streams import retry
from streams.retry import AbandonedError, until_done


class Flaky:
    def __init__(self, failures: int) -> None:
        self.failures, self.tries = failures, 0

    async def __call__(self) -> str:
        self.tries += 1
        if self.tries <= self.failures:
            raise ConnectionError("away")
        return "done"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "RETRY_PAUSES_S", (0.001, 0.1))


async def test_it_tries_until_it_works() -> None:
    flaky = Flaky(4)
    assert await until_done(flaky, ConnectionError, "it") == "done"
    assert flaky.tries == 5


async def test_other_errors_are_not_waited_out() -> None:
    with pytest.raises(ConnectionError):
        await until_done(Flaky(1), KeyError, "it")


async def test_what_is_no_longer_ours_is_tried_once_and_given_up() -> None:
    flaky = Flaky(3)
    with pytest.raises(AbandonedError):
        await until_done(flaky, ConnectionError, "it", give_up=lambda: flaky.tries >= 2)
    assert flaky.tries == 2
    assert await until_done(Flaky(0), ConnectionError, "it", give_up=lambda: True) == "done"


async def test_the_log_has_the_first_failure_and_no_more_for_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    await until_done(Flaky(4), ConnectionError, "writing")
    assert [record.getMessage().partition(";")[0] for record in caplog.records] == [
        "writing failed (ConnectionError: away)"
    ]


async def test_what_lasts_is_told_with_a_count_and_so_is_its_end(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    seconds = iter(range(0, 1_000, 25))
    monkeypatch.setattr(retry, "monotonic", lambda: float(next(seconds)))
    await until_done(Flaky(6), ConnectionError, "writing")
    told = [record.getMessage().partition(";")[0] for record in caplog.records]
    assert told[0] == "writing failed (ConnectionError: away)"
    assert told[1:-1]
    assert all(line.endswith("times (ConnectionError: away)") for line in told[1:-1])
    assert told[-1] == "writing works again, after 6 failures"
