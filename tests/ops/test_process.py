import json
import os
import sys

import psutil
import pytest

from ops.local import kafka, process
from ops.local.process import LocalError
from ops.settings import Settings

pytestmark = pytest.mark.slow

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


def test_a_server_is_found_and_stopped_by_a_later_run(tmp_path) -> None:
    started = process.start("it", SLEEP, tmp_path, attached=True)
    assert process.find("it", tmp_path).pid == started.pid
    assert process.stop("it", tmp_path)
    assert not process.stop("it", tmp_path)
    assert process.find("it", tmp_path) is None


def test_an_id_that_now_belongs_to_another_program_is_left_alone(tmp_path) -> None:
    (tmp_path / "it.pid.json").write_text(json.dumps({"pid": os.getpid(), "began": 1.0}))
    assert process.find("it", tmp_path) is None
    assert not process.stop("it", tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="children are tied to their parent on Linux only")
def test_an_attached_child_ends_with_its_parent_even_when_that_is_killed(tmp_path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from ops.local import process;"
        f"p = process.start('it', {SLEEP!r}, Path({str(tmp_path)!r}), attached=True);"
        "print(p.pid, flush=True); time.sleep(60)"
    )
    parent = psutil.Popen([sys.executable, "-c", code], stdout=-1, text=True)
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    gone, _ = psutil.wait_procs([child], timeout=10)
    assert gone or child.status() == psutil.STATUS_ZOMBIE


def test_a_server_that_ends_at_once_says_why(tmp_path) -> None:
    process.start("it", [sys.executable, "-c", "raise SystemExit('bad luck')"], tmp_path, attached=False)
    with pytest.raises(LocalError, match="bad luck"):
        process.wait_until_open("it", "127.0.0.1", 9, tmp_path, 10)


def test_a_server_that_never_listens_is_not_left_behind(tmp_path) -> None:
    slow = process.start("it", SLEEP, tmp_path, attached=False)
    with pytest.raises(LocalError, match="did not listen"):
        process.wait_until_open("it", "127.0.0.1", 9, tmp_path, 0.3)
    assert not slow.is_running()


def test_a_taken_port_is_named_with_the_way_out(servers: Settings) -> None:
    host, port = kafka.address(servers)
    with pytest.raises(LocalError, match=f"{port} is taken .* PLACELIBRE_KAFKA"):
        process.refuse_foreign("Kafka", host, port, "PLACELIBRE_KAFKA")


def test_a_java_of_the_settings_goes_first_and_nonsense_addresses_are_named(tmp_path) -> None:
    assert kafka.find_java(Settings(java=tmp_path / "java")) == tmp_path / "java"
