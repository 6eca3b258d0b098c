"""Kafka by TLS and with users (PLAIN, SCRAM, certificates): every client of ours, against a real broker."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.local import kafka, process
from ops.settings import Settings
from tests.conftest import House
from tests.support import ROOT, free_ports, wait_for
from tests.tls import Authority

PASSWORD = "Correct-Horse-Battery-Staple-7"
CITY = "exempleville-2026"
_LOGIN = "org.apache.kafka.common.security"
PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{inside},SASL_SSL://127.0.0.1:{sasl},SSL://127.0.0.1:{ssl},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{inside},SASL_SSL://127.0.0.1:{sasl},SSL://127.0.0.1:{ssl}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
ssl.keystore.type=PEM
ssl.keystore.location={server}
ssl.truststore.type=PEM
ssl.truststore.location={ca}
listener.name.ssl.ssl.client.auth=required
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
listener.name.sasl_ssl.plain.sasl.jaas.config={login}.plain.PlainLoginModule required user_ours="{password}";
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config={login}.scram.ScramLoginModule required;
log.dirs={logs}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
"""


class SecuredKafka:
    """A broker with a listener for passwords and one for certificates."""

    def __init__(self, settings: Settings, folder: Path, authority: Authority) -> None:
        self.sasl, ports = free_ports(), free_ports()
        self.ssl, inside, controller = ports, ports + 1, ports + 2
        self.folder = folder
        config, logging = folder / "server.properties", folder / "log4j2.properties"
        config.write_text(PROPERTIES.format(
            controller=controller, inside=inside, sasl=self.sasl, ssl=self.ssl, logs=folder / "logs", password=PASSWORD,
            server=authority.issue_together("server"), ca=authority.ca, login=_LOGIN,
        ))  # fmt: skip
        logging.write_text(kafka._LOG4J)
        java, jars = kafka.find_java(settings), kafka.fetch_jars(settings, print)
        common = [str(java), "-cp", f"{jars}/*", f"-Dlog4j2.configurationFile={logging}"]
        scram = f"SCRAM-SHA-512=[name=ours,password={PASSWORD}]"
        tool = ["kafka.tools.StorageTool", "format", "--standalone", "-t", "AAAAAAAAAAAAAAAAAAAAAA", "-c", str(config)]
        done = subprocess.run([*common, *tool, "--add-scram", scram], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        heap = ["-Xms128m", "-Xmx384m", "-XX:+UseSerialGC"]
        process.start("kafka", [common[0], *heap, *common[1:], "kafka.Kafka", str(config)], folder, True)
        process.wait_until_open("kafka", "127.0.0.1", self.sasl, folder, 60)

    def stop(self) -> None:
        process.stop("kafka", self.folder)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def secured(
    servers: Settings, authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SecuredKafka]:
    one = SecuredKafka(servers, tmp_path_factory.mktemp("secured"), authority)
    yield one
    one.stop()


def way(name: str, secured: SecuredKafka, authority: Authority, folder: Path) -> dict[str, str]:
    """The settings of one way to it."""
    secret = folder / "kafka-password"
    secret.write_text(PASSWORD + "\n")
    by_password = {
        "PLACELIBRE_KAFKA": f"127.0.0.1:{secured.sasl}",
        "PLACELIBRE_KAFKA_USER": "ours",
        "PLACELIBRE_KAFKA_MECHANISM": name,
    }
    common = {"PLACELIBRE_KAFKA_TLS": "true", "PLACELIBRE_KAFKA_CA": str(authority.ca)}
    if name == "PLAIN":
        return common | by_password | {"PLACELIBRE_KAFKA_PASSWORD": PASSWORD}
    if name == "SCRAM-SHA-512":
        return common | by_password | {"PLACELIBRE_KAFKA_PASSWORD_FILE": str(secret)}
    certificate, key = authority.issue("client")
    names = ("PLACELIBRE_KAFKA", "PLACELIBRE_KAFKA_CERTIFICATE", "PLACELIBRE_KAFKA_KEY")
    return common | dict(zip(names, (f"127.0.0.1:{secured.ssl}", str(certificate), str(key)), strict=True))


WAYS = {"PLAIN": "TLS, as ours, PLAIN", "SCRAM-SHA-512": "TLS, as ours, SCRAM-SHA-512", "mTLS": "TLS, by certificate"}


@pytest.mark.parametrize(("name", "told"), WAYS.items())
def test_a_day_goes_from_file_to_history(
    house: House, secured: SecuredKafka, authority: Authority, tmp_path: Path, name: str, told: str
) -> None:
    house.env |= way(name, secured, authority, tmp_path)
    house.start_worker()
    day = ROOT / "samples/a-day/2026-05-04.csv"
    said = [house.run("replay", day, "--source", "german_series", "--tenant", CITY)]
    wait_for("the numbers", lambda: house.sites(CITY), 60)
    said += [house.run("history"), house.run("rejects"), house.run("doctor", "--json", check=False)]
    assert "rows" in said[1].stdout or "written" in said[1].stdout
    (found,) = [row for row in json.loads(said[-1].stdout) if row["what"] == "kafka"]
    assert found["state"] == "ok", found
    assert told in found["detail"]
    everything = house.log.read_text() + "".join(done.stdout + done.stderr for done in said)
    assert PASSWORD not in everything


@pytest.mark.parametrize(
    ("name", "wrong", "said"),
    [
        ("PLAIN", {"PLACELIBRE_KAFKA_PASSWORD": "another-password-9"}, "PLACELIBRE_KAFKA"),
        ("SCRAM-SHA-512", {"PLACELIBRE_KAFKA_USER": "nobody"}, "PLACELIBRE_KAFKA"),
        ("PLAIN", {"PLACELIBRE_KAFKA_CA": ""}, "PLACELIBRE_KAFKA"),
        ("PLAIN", {"PLACELIBRE_KAFKA_CA": "/nowhere/ca.pem"}, "/nowhere/ca.pem is no file"),
        ("PLAIN", {"PLACELIBRE_KAFKA_TLS": "false"}, "PLACELIBRE_KAFKA_TLS=1"),
        ("PLAIN", {"PLACELIBRE_KAFKA_PASSWORD": ""}, "PLACELIBRE_KAFKA_PASSWORD belong together"),
        ("mTLS", {"PLACELIBRE_KAFKA_CERTIFICATE": ""}, "a key and no certificate"),
        ("mTLS", {"PLACELIBRE_KAFKA_CERTIFICATE": "", "PLACELIBRE_KAFKA_KEY": ""}, "PLACELIBRE_KAFKA"),
    ],
)
def test_a_wrong_way_is_a_sentence(
    house: House,
    secured: SecuredKafka,
    authority: Authority,
    tmp_path: Path,
    name: str,
    wrong: dict[str, str],
    said: str,
) -> None:
    house.env |= way(name, secured, authority, tmp_path) | wrong
    done = house.run("rejects", check=False)
    assert done.returncode == 2, done.stdout + done.stderr
    assert said in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr
    assert PASSWORD not in done.stderr
