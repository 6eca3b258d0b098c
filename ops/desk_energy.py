"""What placelibre uses: CPU seconds and bytes by the meters of its own processes, as they stand now.

Meters begin with their process, not with a month: each row says since when. What no process measures is null.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx
from prometheus_client.parser import text_string_to_metric_families

from parking.desk.report import EnergyFound

_PATIENCE_S = 3.0
_MILLION, _ONE = 1_000_000.0, 1.0
_WORK = {
    "observations": ("placelibre_observations", "placelibre_changelog_bytes", _MILLION),
    "answers": ("placelibre_http_requests", "placelibre_http_sent_bytes", _ONE),
}
"""What is done, by which counter, with which bytes, and for how much of it the figure is given."""


async def measure_energy(probes: Mapping[str, str]) -> list[EnergyFound]:
    """A row a process and kind of work that it does; a process that does not answer has one row without figures.

    ``probes`` are addresses of each process' probes, by name.
    """
    async with httpx.AsyncClient(timeout=_PATIENCE_S) as client:
        texts = await asyncio.gather(*(_read(client, url) for url in probes.values()))
    found = [one for name, text in zip(probes, texts, strict=True) for one in read_energy(name, text)]
    return [*found, EnergyFound("pushes", "—", None, None, None, None, _ONE)]


async def _read(client: httpx.AsyncClient, url: str) -> str | None:
    parts = urlsplit(url)
    try:
        answer = await client.get(f"{parts.scheme}://{parts.netloc}/metrics")
        return answer.text if answer.is_success else None
    except httpx.HTTPError:
        return None


def read_energy(process: str, text: str | None) -> list[EnergyFound]:
    """What one process' /metrics says; figures are None where it does not say them."""
    sums = _sums(text) if text is not None else {}
    started, cpu_s = sums.get("process_start_time_seconds"), sums.get("process_cpu_seconds")
    since = datetime.fromtimestamp(started, UTC) if started else None
    rows = [
        EnergyFound(what, process, since, sums[work], cpu_s, sums.get(size), per)
        for what, (work, size, per) in _WORK.items()
        if work in sums
    ]
    return rows or [EnergyFound("other", process, since, None, cpu_s, None, _ONE)]


def _sums(text: str) -> dict[str, float]:
    """Each counter and gauge, over all of its labels."""
    sums: dict[str, float] = {}
    try:
        for family in text_string_to_metric_families(text):
            wanted = (family.name, f"{family.name}_total")
            values = [sample.value for sample in family.samples if sample.name in wanted]
            if values:
                sums[family.name] = sum(values)
    except ValueError:
        return {}
    return sums
