"""``placelibre why``: the chain from a decision or a number back to the observations."""

from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.tree import Tree

from ops.cities import find_city
from ops.cli.query import snapshot_of
from ops.console import AsJson, TenantOption, out, print_json, run, settings_of
from ops.past import find_clock, open_past
from ops.settings import Settings
from ops.times import Understood, understand
from ops.why import Link, WhyError, find_decided, trace_decision, trace_place, trace_published
from parking.printable import visible

SHOWN_VALUES = (
    "vacant",
    "vacant_low",
    "vacant_high",
    "capacity",
    "level",
    "opening",
    "observed_at",
    "valid_until",
    "faults",
)


def why(
    context: typer.Context,
    subject: Annotated[
        str, typer.Argument(metavar="SUBJECT", help="the id of a place, or a decision's subject, like sign:A12/1")
    ],
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="as it was then: 2026-05-04T14:30 is the city's time")
    ] = None,
    tenant: TenantOption = None,
    as_json: AsJson = False,
) -> None:
    """Show where a number comes from: back to what the sensor said, as far as that is still kept.

    Of a place, give its id. What something else shows or sends, such as a line of a sign, is named by its kind, a colon
    and a name: then the numbers that decided it are shown first, and where each of them comes from.

    [bold]Examples[/bold]: placelibre why 284 · placelibre why theatre --tenant exempleville-2026 --at 2026-05-04T14:30
    · placelibre why sign:A12/1
    """
    settings = settings_of(context)
    tenant = run(find_city(settings, tenant))
    when = understand(at, find_clock(settings, tenant).zone) if at is not None else None
    document = run(_find_decision(settings, tenant, subject, when)) if ":" in subject else None
    document = document or _place(settings, tenant, subject, when)
    if as_json:
        print_json(document)
    else:
        out.print(_tree(subject, document), highlight=False)


async def _find_decision(settings: Settings, tenant: str, subject: str, when: Understood | None) -> Link | None:
    decided = await find_decided(settings, tenant, subject, when.instant if when else None)
    return await trace_decision(settings, decided) if decided is not None else None


def _place(settings: Settings, tenant: str | None, place_id: str, when: Understood | None) -> Link:
    if when is not None:
        past = open_past(settings, tenant)
        standing = past.reader.list_standing(past.tenant, when.instant, place_id)
        if not standing:
            past.refuse_place(place_id)
        return run(trace_published(settings, standing[0]))
    return run(_place_now(settings, tenant, place_id))


async def _place_now(settings: Settings, tenant: str | None, place_id: str) -> Link:
    snapshot = await snapshot_of(settings, tenant)
    row = next((row for row in snapshot.places if row.place.id == place_id), None)
    if row is None:
        decided = f"no decision about {place_id!r}, and " if ":" in place_id else ""
        raise WhyError(
            f"{decided}no place {place_id!r} in city {snapshot.tenant!r}: `placelibre sites` lists places; a "
            f"decision is about a kind, a colon and a name, like sign:A12/1"
        )
    return await trace_place(settings, snapshot, row)


def _tree(subject: str, document: Link) -> Tree:
    tree = Tree(f"[bold]{escape(subject)}[/bold]")
    if "decision" not in document:
        _add_published(tree, document)
        return tree
    decision = document["decision"]
    node = tree.add(f"[bold]decision[/bold] {decision['id']}  [dim]{document['state']}[/dim]")
    node.add(f"output {_text(decision['output'])}")
    node.add(f"rule {_text(decision['rule'])} version {decision['rule_version']}")
    node.add(f"decided at {decision['decided_at']}, holds until {decision['valid_until']}")
    for name in ("author", "reason", "fence"):
        if name in decision:
            node.add(f"{name} {_text(decision[name])}")
    if (confirmed := document["confirmation"]) is not None:
        node.add(f"{confirmed['result']} at {confirmed['at']}: {_text(confirmed['said'])}")
    else:
        node.add("nothing was confirmed: whether it was acted on, only the other side can tell")
    for used in decision["inputs"]:
        name = used.get("place_id") or used.get("thing")
        branch = node.add(f"[bold]from[/bold] {escape(visible(str(name)))}, using {_text(used.get('limits', {}))}")
        if "published" in used:
            _add_published(branch, used)
    return tree


def _add_published(tree: Tree, link: Link) -> None:
    said = link["published"]
    epoch, offset = link["revision"]
    if said is None:
        node = tree.add(f"what was published at revision {epoch}/{offset} is no longer kept")
    else:
        shown = ", ".join(f"{name} {_text(said[name])}" for name in SHOWN_VALUES if name in said)
        node = tree.add(
            f"[bold]published[/bold] {shown}  [dim]revision {epoch}/{offset}, in {link['published_in']}[/dim]"
        )
    if link.get("expired"):
        node.add(link["expired"])
    if link["not_heard"] is not None:
        node.add(f"the observation is not to be had: {escape(link['not_heard'])}")
    for name, words in (("heard", "the last word folded in"), ("heard_before", "the place's own last word before")):
        if link[name] is not None:
            _add_heard(node, words, link[name])


def _add_heard(tree: Tree, words: str, record: Link) -> None:
    where = f"partition {record['partition']}, offset {record['offset']}, taken by Kafka {record['logged_at']}"
    node = tree.add(f"[bold]{words}[/bold]  [dim]{where}[/dim]")
    node.add(_text(record["observation"]))
    if (source := record["source"]) is not None:
        node.add("source " + ", ".join(escape(visible(str(value))) for value in source.values() if value))


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return escape(", ".join(f"{name} {_text(part)}" for name, part in value.items())) or "nothing"
    if isinstance(value, list):
        return escape(", ".join(map(_text, value))) or "none"
    return escape(visible(str(value)))
