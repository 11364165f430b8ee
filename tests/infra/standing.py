"""A program for tests: it starts PostgreSQL and a broker on the folder given, says so, and stays."""

import json
import signal
import sys
import time
from pathlib import Path

import psutil

from infra.data_folder import held
from infra.embedded import EmbeddedBroker, EmbeddedPostgres
from infra.guard import Guard

signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under `nohup` it is inherited as ignored
folder = Path(sys.argv[1])
with held(folder, address="http://127.0.0.1:1/graphql") as lock, Guard(holds=[lock]) as guard:
    postgres = EmbeddedPostgres(guard, folder / "postgres", folder / "postgres.log")
    broker = EmbeddedBroker(guard, folder / "broker.log")
    postgres.start()
    broker.start()
    pids = [child.pid for child in psutil.Process().children(recursive=True)]
    sys.stdout.write(
        json.dumps({"database_url": postgres.database_url, "bootstrap": broker.bootstrap, "pids": pids})
    )
    sys.stdout.write("\n")
    sys.stdout.flush()
    while True:
        time.sleep(1)
