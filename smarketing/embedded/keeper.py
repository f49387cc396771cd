"""`services start`: a process in the background that holds PostgreSQL and Redis until it is told to stop."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from smarketing.embedded.children import end_all, working_in
from smarketing.embedded.datadir import PROJECT, DataDir
from smarketing.embedded.interruption import Interruption, Stopped
from smarketing.embedded.lock import Held, Lock
from smarketing.embedded.logs import open_append
from smarketing.embedded.pair import Pair, services_lock
from smarketing.embedded.postgres import STEPS
from smarketing.embedded.supervisor import supervise
from smarketing.embedded.trouble import Trouble

BY = "services start"
STOP_SECONDS = 60


def launch(data: DataDir, environment: Mapping[str, str], say: Callable[[str], None] = print) -> None:
    """Start a keeper and wait until both servers answer; Trouble, in its words, when they do not."""
    data.prepare()
    errors = open_append(data.log("services"))
    try:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "smarketing.embedded.keeper", str(data.root)],
            cwd=PROJECT,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
    finally:
        os.close(errors)
    await_ready(keeper, data, say)


def await_ready(keeper: subprocess.Popen[str], data: DataDir, say: Callable[[str], None] = print) -> None:
    """Pass on what a keeper reports until it is ready; raise Trouble when it gives up."""
    assert keeper.stdout is not None
    with keeper.stdout:
        for line in keeper.stdout:
            message = json.loads(line)
            if "trouble" in message:
                keeper.wait()
                raise Trouble(message["trouble"])
            if "ready" in message:
                return
            say(message["say"])
    raise Trouble(f"The services ended unexpectedly; {data.log('services')} has the reason.")


def keep(data: DataDir, environment: Mapping[str, str]) -> int:
    """The keeper itself: reports on standard output until it is ready, then is silent."""
    interruption = Interruption()
    interruption.listen()
    pair = Pair(data, environment, by=BY, say=lambda text: tell(say=text), pause=interruption.pause)
    try:
        pair.start()
        tell(ready=True)
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        supervise(pair.programs, data, pause=interruption.pause, say=note, restarted=pair.publish)
    except Stopped:
        return 0
    except Held as held:
        tell(trouble=f"PostgreSQL and Redis in {data.root} are already run by {held.holder}.")
    except Trouble as trouble:
        tell(trouble=str(trouble))
    finally:
        pair.stop()
    return 1


def halt(data: DataDir) -> bool:
    """Stop the services of this folder, or what is left of them. Returns whether anything ran."""
    lock = services_lock(data)
    holder, user = lock.holder(), Lock(data.run / "up.lock").holder()
    if user:
        raise Trouble(f"Smarketing runs under {user}. Stop that one with Ctrl-C, or `kill {user.pid}`.")
    if holder is None:
        return end_leftovers(data)
    if holder.by != BY:
        raise Trouble(f"PostgreSQL and Redis are run by {holder}. Stop that one.")
    with suppress(ProcessLookupError):
        os.kill(holder.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while lock.holder():
        if time.monotonic() > deadline:
            raise Trouble(f"The services (process {holder.pid}) have not stopped within {STOP_SECONDS} s.")
        time.sleep(0.05)
    return True


def end_leftovers(data: DataDir) -> bool:
    """Servers whose keeper was killed, where the system does not take them along."""
    postgres = end_all(lambda: working_in(data.pg, "postgres"), STEPS)
    redis = end_all(lambda: working_in(data.redis, "valkey-server", "redis-server"), STEPS)
    data.published.unlink(missing_ok=True)
    return bool(postgres or redis)


def tell(**message: object) -> None:
    with suppress(OSError):  # whoever started us may have gone
        print(json.dumps(message), flush=True)


def note(text: str) -> None:
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(keep(DataDir(Path(sys.argv[1])), os.environ))
