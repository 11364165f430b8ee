"""Become another program, after putting this process under the guard; started as a script by `infra.guard`.

Arguments: the pipe to the guard, the signal that stops the program, its seconds of grace, `-` or `uid:gid` to
run as, then the program. A process that registers itself before it becomes anything else cannot be lost
between its start and its registration.
Standard library only, so that it costs a few milliseconds.
"""

import ctypes
import os
import sys
from typing import Final

_PR_SET_KEEPCAPS: Final = 8
_PR_CAP_AMBIENT: Final = 47
_PR_CAP_AMBIENT_RAISE: Final = 2
_CAP_DAC_OVERRIDE: Final = 1
_CAPABILITY_VERSION_3: Final = 0x20080522


def main() -> None:
    """Register with the guard, give up root where told to, and become the program."""
    guard, stop_signal, grace_seconds, user, *command = sys.argv[1:]
    os.write(int(guard), f"{os.getpid()} {stop_signal} {grace_seconds}\n".encode())
    os.close(int(guard))
    if user != "-":
        uid, gid = (int(number) for number in user.split(":"))
        _become(uid, gid)
    os.execv(command[0], command)  # noqa: S606 - the point of this file


def _become(uid: int, gid: int) -> None:
    """Give up root, but keep, where the system allows it, the right to pass folders only root may enter.

    PostgreSQL refuses to run as root, while its files may lie in root's home or a private temporary folder.
    """
    os.chdir("/")
    keeps_passage = sys.platform == "linux" and _libc("prctl", _PR_SET_KEEPCAPS, 1)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if keeps_passage and _set_capabilities(1 << _CAP_DAC_OVERRIDE):
        _libc("prctl", _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE)


def _set_capabilities(bits: int) -> bool:
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    data = (ctypes.c_uint32 * 6)(bits, bits, bits)  # effective, permitted, inheritable
    return _libc("capset", ctypes.byref(header), ctypes.byref(data))


def _libc(function: str, *arguments: object) -> bool:
    longs = [ctypes.c_ulong(value) if isinstance(value, int) else value for value in arguments]
    missing = [ctypes.c_ulong(0)] * (5 - len(longs)) if function == "prctl" else []
    return bool(getattr(ctypes.CDLL(None), function)(*longs, *missing) == 0)


if __name__ == "__main__":
    main()
