"""Seccomp: which calls of the kernel this process and its threads may still make.

What an image is read with changes with each version of its libraries, so that calls are refused by name, and whatever
is newer than the table. A refused call fails with EPERM, as one without the right to it.
"""

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Iterator
from typing import Final

_MACHINES: Final = {"x86_64": (0, 317, 0xC000003E), "aarch64": (1, 277, 0xC00000B7)}
"""By processor: its column below, the number of seccomp(2), its AUDIT_ARCH."""
_NEWEST: Final = 462  # mseal, Linux 6.10

# fmt: off
_REFUSED: Final[dict[str, tuple[int | None, int | None]]] = {  # numbers of x86_64 and aarch64 (asm/unistd_64.h,
    # asm-generic/unistd.h); a processor lacks those without
    # the network
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201),
    "accept": (43, 202), "accept4": (288, 242),
    # other processes, also new ones (threads: see below)
    "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281), "setsid": (112, 157),
    "setpgid": (109, 154), "unshare": (272, 97), "setns": (308, 268), "ptrace": (101, 117),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "process_madvise": (440, 440),
    "process_mrelease": (448, 448), "pidfd_open": (434, 434), "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424), "kcmp": (312, 272), "tkill": (200, 130), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240), "migrate_pages": (256, 238), "move_pages": (279, 239),
    # what processes share beside files
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "msgget": (68, 186), "msgsnd": (69, 189),
    "msgrcv": (70, 188), "msgctl": (71, 187), "semget": (64, 190), "semop": (65, 193), "semctl": (66, 191),
    "semtimedop": (220, 192), "mq_open": (240, 180), "mq_unlink": (241, 181), "mq_notify": (244, 184),
    # what Landlock leaves of files
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, None),
    "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54), "utime": (132, None), "utimes": (235, None),
    "futimesat": (261, None), "utimensat": (280, 88), "setxattr": (188, 5), "lsetxattr": (189, 6),
    "fsetxattr": (190, 7), "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265), "fanotify_init": (300, 262),
    "fanotify_mark": (301, 263),
    # rights
    "setuid": (105, 146), "setgid": (106, 144), "setreuid": (113, 145), "setregid": (114, 143),
    "setresuid": (117, 147), "setresgid": (119, 149), "setfsuid": (122, 151), "setfsgid": (123, 152),
    "setgroups": (116, 159), "capset": (126, 91), "personality": (135, 92), "keyctl": (250, 219),
    "add_key": (248, 217), "request_key": (249, 218),
    # the kernel itself
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "init_module": (175, 105),
    "finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104), "kexec_file_load": (320, 294),
    "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225), "mount": (165, 40), "umount2": (166, 39),
    "pivot_root": (155, 41), "chroot": (161, 51), "move_mount": (429, 429), "open_tree": (428, 428),
    "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "mount_setattr": (442, 442), "syslog": (103, 116), "acct": (163, 89), "quotactl": (179, 60),
    "quotactl_fd": (443, 443), "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171),
    "clock_adjtime": (305, 266), "sethostname": (170, 161), "setdomainname": (171, 162), "iopl": (172, None),
    "ioperm": (173, None), "modify_ldt": (154, None), "vhangup": (153, 58),
}
_CLONE, _KILL, _TGKILL, _PRCTL, _PRLIMIT = (56, 220), (62, 129), (234, 131), (157, 167), (302, 261)
_CLONE3: Final = 435
# fmt: on
_CLONE_THREAD: Final = 0x10000
_PR_SET_PDEATHSIG: Final = 1
_EPERM, _ENOSYS = 1, 38
_ALLOW, _KILL_PROCESS, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_LOAD, _IS, _AT_LEAST, _HAS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # BPF_LD|W|ABS, BPF_JMP|JEQ, |JGE, |JSET, BPF_RET
_NUMBER, _ARCHITECTURE, _ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data; of the first argument's lower half
_SET_MODE_FILTER, _TSYNC, _PR_SET_NO_NEW_PRIVS, _PR_GET_SECCOMP = 1, 1, 38, 21

_Instruction = tuple[int, int, int, int]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def is_there() -> bool:
    """Whether the kernel has seccomp and the table this processor."""
    return (
        sys.platform.startswith("linux")
        and platform.machine() in _MACHINES
        and ctypes.CDLL(None, use_errno=True).prctl(_PR_GET_SECCOMP, 0, 0, 0, 0) >= 0
    )


def confine_calls() -> bool:
    """Take the calls of the table away from all threads of this process; False: nothing was taken away.

    Raises OSError where the kernel has seccomp and refuses.
    """
    if not is_there():
        return False
    column, seccomp, architecture = _MACHINES[platform.machine()]
    code = b"".join(struct.pack("=HBBI", *one) for one in _program(column, architecture, os.getpid()))
    program = _Program(len(code) // 8, code)
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if libc.syscall(seccomp, _SET_MODE_FILTER, _TSYNC, ctypes.byref(program)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, "seccomp refused the filter")
    return True


def _program(column: int, architecture: int, process: int) -> Iterator[_Instruction]:
    """The filter in the kernel's classic BPF; a jump counts the instructions that it leaves out."""
    yield _LOAD, 0, 0, _ARCHITECTURE
    yield _IS, 1, 0, architecture
    yield _RETURN, 0, 0, _KILL_PROCESS
    yield _LOAD, 0, 0, _NUMBER
    yield _AT_LEAST, 0, 1, _NEWEST + 1  # on x86_64 the calls of x32 as well, from 0x40000000 on
    yield _RETURN, 0, 0, _ERRNO | _ENOSYS
    yield (
        _IS,
        0,
        1,
        _CLONE3,
    )  # its arguments lie in memory, where no filter sees them; clone takes its place
    yield _RETURN, 0, 0, _ERRNO | _ENOSYS
    for numbers in _REFUSED.values():
        if (number := numbers[column]) is not None:
            yield from ((_IS, 0, 1, number), (_RETURN, 0, 0, _ERRNO | _EPERM))
    yield from _only(_CLONE[column], (_HAS, 1, 0, _CLONE_THREAD))
    for call in (_KILL, _TGKILL):  # abort(3) sends itself a signal
        yield from _only(call[column], (_IS, 1, 0, process))
    yield from _only(_PRCTL[column], (_IS, 0, 1, _PR_SET_PDEATHSIG))  # it ends with its worker, whatever it runs
    yield from _only(_PRLIMIT[column], (_IS, 2, 0, 0), (_IS, 1, 0, process))
    yield _RETURN, 0, 0, _ALLOW


def _only(number: int, *tests: _Instruction) -> Iterator[_Instruction]:
    """Allow a call where a test of its first argument jumps over the refusal."""
    yield _IS, 0, 3 + len(tests), number
    yield _LOAD, 0, 0, _ARGUMENT
    yield from tests
    yield _RETURN, 0, 0, _ERRNO | _EPERM
    yield _RETURN, 0, 0, _ALLOW
