"""Somebody else in the workers' group is named, with how to see them."""

from __future__ import annotations

from aiokafka import AIOKafkaConsumer

from ops.health import examine
from streams.kafka_watch import CLIENT_ID, KafkaWatch, Member, strangers_in
from streams.topics import create_topics, names_of
from tests.conftest import House


def test_workers_of_this_version_and_the_last_are_no_strangers() -> None:
    assert strangers_in("placelibre", [Member(CLIENT_ID, "10.0.0.7"), Member("faust-0.11.3", "10.0.0.8")]) is None
    assert strangers_in("placelibre", []) is None


def test_a_stranger_is_named_once_with_what_to_do() -> None:
    members = [Member(CLIENT_ID, "10.0.0.7"), Member("kcat", "10.0.0.9"), Member("kcat", "10.0.0.9")]
    said = strangers_in("placelibre", members) or ""
    assert "group placelibre has members that are no workers: kcat at 10.0.0.9. " in said
    assert "--describe --members --group placelibre" in said


async def test_a_consumer_in_the_workers_group_is_found_by_the_watch_and_the_doctor(house: House) -> None:
    await create_topics(house.settings.kafka, house.settings.namespace, house.settings.partitions)
    kafka, group = house.settings.kafka, house.settings.namespace
    watch = KafkaWatch(kafka, group, house.settings.partitions)
    await watch.look()
    assert (watch.trouble, watch.note) == (None, None)
    stranger = AIOKafkaConsumer(
        names_of(group).changes, bootstrap_servers=kafka, group_id=group, client_id="somebodys-script"
    )
    await stranger.start()
    try:
        await watch.look()
        doctor = {one.what: one for one in await examine(house.settings)}
    finally:
        await stranger.stop()
    assert "no workers: somebodys-script at 127.0.0.1" in (watch.trouble or "")
    assert (doctor["kafka"].state, doctor["kafka"].detail) == ("bad", watch.trouble)
    await watch.look()
    assert watch.trouble is None
