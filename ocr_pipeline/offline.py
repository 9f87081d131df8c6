"""Keeps a process, and all it starts, from the network: the kernel refuses every socket but those of one machine.

A filter of system calls (seccomp) needs no rights and no namespace, so it holds in every container. What parses foreign
bytes needs no network, so an address in a document is never visited, whatever the parser believes.
"""

from __future__ import annotations

import ctypes
import errno
import platform

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
SOCKET = {"x86_64": 41, "aarch64": 198}
IO_URING_SETUP, X32, AF_UNIX = 425, 0x40000000, 1
LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
NUMBER, ARCH, FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data, little-endian
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EACCES


class _Step(ctypes.Structure):
    _fields_ = (("code", ctypes.c_ushort), ("yes", ctypes.c_ubyte), ("no", ctypes.c_ubyte), ("k", ctypes.c_uint))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.POINTER(_Step)))


def go_offline() -> bool:
    """From now on and for good; False where the kernel or the machine is another than we know."""
    machine = platform.machine()
    if machine not in AUDIT_ARCH:
        return False
    steps = _filter(AUDIT_ARCH[machine], SOCKET[machine])
    program = _Program(len(steps), (_Step * len(steps))(*steps))
    kernel = ctypes.CDLL(None)
    alone: int = kernel.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    filtered: int = kernel.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program))
    return (alone, filtered) == (0, 0)


def _filter(arch: int, socket: int) -> list[_Step]:
    """Refuses what is not this machine's own calls, io_uring (which opens sockets too), and sockets but local ones."""
    return [
        _Step(LOAD, 0, 0, ARCH),
        _Step(EQUAL, 0, 6, arch),
        _Step(LOAD, 0, 0, NUMBER),
        _Step(AT_LEAST, 4, 0, X32),
        _Step(EQUAL, 3, 0, IO_URING_SETUP),
        _Step(EQUAL, 0, 3, socket),
        _Step(LOAD, 0, 0, FIRST_ARGUMENT),
        _Step(EQUAL, 1, 0, AF_UNIX),
        _Step(RETURN, 0, 0, REFUSE),
        _Step(RETURN, 0, 0, ALLOW),
    ]
