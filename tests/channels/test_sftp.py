"""The watched folder behind a real SFTP server: a line that breaks leaves nothing half taken."""

import subprocess
from pathlib import Path

from tests.channels.house import House
from tests.channels.test_folders import manifest


def put(connect: dict[str, str], commands: str, folder: Path) -> None:
    """Run a batch of the system's own client."""
    known = folder / "known_hosts"
    key = Path(connect["SFTP_HOST_KEY_FILE"]).read_text().split()
    known.write_text(f"[{connect['SFTP_HOST']}]:{connect['SFTP_PORT']} {key[0]} {key[1]}\n")
    options = ("-o", f"UserKnownHostsFile={known}", "-o", "IdentitiesOnly=yes", "-i", connect["SFTP_KEY_FILE"])
    there = f"{connect['SFTP_USER']}@{connect['SFTP_HOST']}"
    command = ["sftp", "-q", "-b", "-", "-P", connect["SFTP_PORT"], *options, there]
    subprocess.run(command, input=commands, text=True, check=True, capture_output=True, timeout=60)


def test_a_delivery_cut_between_and_within_files_is_taken_once_it_is_whole(
    house: House, scans: dict[str, bytes], sftp: dict[str, str], tmp_path: Path
) -> None:
    house.incoming = Path(sftp["SFTP_WATCHED_FOLDER"])
    watched = house.watched(path=house.incoming)
    for name, data in scans.items():
        (tmp_path / name).write_bytes(data)
        (tmp_path / f"{name}.half").write_bytes(data[: len(data) // 2])
    (tmp_path / "manifest.json").write_bytes(manifest(scans))
    put(sftp, "mkdir /incoming/mappe\n", tmp_path)
    for name in scans:
        put(sftp, f"put {tmp_path / name}.half /incoming/mappe/{name}\n", tmp_path)
        watched.look()
    put(sftp, f"put {tmp_path / 'manifest.json'} /incoming/mappe/manifest.json\n", tmp_path)
    watched.look()
    assert house.centre.count("received_files") == 0
    for name in scans:
        put(sftp, f"reput {tmp_path / name} /incoming/mappe/{name}\n", tmp_path)
        watched.look()
    assert (house.set_aside(), house.result("done")["files"]) == ({"done": ["S-1"]}, 3)
