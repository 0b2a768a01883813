"""The C functions of PJSIP that pjsua2 does not wrap, called on the SIP thread only."""

from __future__ import annotations

import ctypes

import pjsua2

# PyDLL keeps the GIL: each of these takes microseconds and calls nothing of ours.
_lib = ctypes.PyDLL(pjsua2._pjsua2.__file__)  # noqa: SLF001 - the extension itself
_lib.pjsip_rdata_get_dlg.restype = ctypes.c_void_p
_pointer = ctypes.c_void_p
_info = ctypes.create_string_buffer(256 * 1024)
"""Room for a pjsua_call_info of some 10 kB, of which only the call's existence is asked."""


def set_log_level(level: int) -> None:
    """Set how much PJSIP logs: 1 errors ... 4 with every SIP message."""
    _lib.pj_log_set_level(level)


def call_count() -> int:
    """Return the number of calls the stack has, those that are ending included."""
    return int(_lib.pjsua_call_get_count())


def transaction_count() -> int:
    """Return the number of transactions the stack keeps, its own and others'."""
    return int(_lib.pjsip_tsx_layer_get_tsx_count())


def max_call_count() -> int:
    """Return how many calls the running stack can have: it clamps what is asked for."""
    return int(_lib.pjsua_call_get_max_count())


def slot_in_use(slot: int) -> bool:
    """Say whether the stack still works on the call in this slot, hung up by us or not."""
    return bool(_lib.pjsua_call_get_info(slot, _info) == 0)


def respond(received: int, code: int) -> None:
    """Answer a request in a dialog from within onCallTsxState; `received` is its pjRxData.

    PJSIP answers an INFO that it does not know with 500, and pjsua2 cannot answer it.
    """
    _lib.pjsip_dlg_respond(
        _pointer(_lib.pjsip_rdata_get_dlg(_pointer(received))),
        _pointer(received),
        code,
        *3 * (None,),
    )


def epoll_descriptor(handle: int) -> int:
    """Return the descriptor that libGetSipIoqueueHandle points to (it returns a pointer)."""
    return ctypes.c_int.from_address(handle).value
