"""A message handed to its actor by Pykka's rules: asked, it is answered; failing, it is told."""

from __future__ import annotations

import logging
import sys
from typing import Any

import pykka
from pykka import messages
from pykka._envelope import Envelope

from actors.exchange.mailbox import Mailbox, refuse

logger = logging.getLogger(__name__)

PYKKAS_OWN = (
    messages._ActorStop,  # noqa: SLF001 - not exported
    messages.ProxyCall,
    messages.ProxyGetAttr,
    messages.ProxySetAttr,
)

START = Envelope(None)
"""The first of all messages to an actor: its `on_start` is to be called."""


def hand_over(mailbox: Mailbox, envelope: Any) -> None:
    """Let the actor handle a message; whatever it raises is told here."""
    actor = mailbox.actor
    if actor is None:
        refuse(envelope, mailbox)
    elif envelope is START:
        actor._actor_loop_setup()  # noqa: SLF001 - what Pykka's own loop begins with
    else:
        try:
            if isinstance(envelope.message, PYKKAS_OWN):
                response = actor._handle_receive(envelope.message)  # noqa: SLF001
            else:
                response = actor.on_receive(envelope.message)
            if envelope.reply_to is not None:
                envelope.reply_to.set(response)
        except Exception:  # noqa: BLE001 - told by Pykka's rules
            _failed(actor, envelope)
        except BaseException as error:  # noqa: BLE001
            logger.critical("%r in %s: all actors are stopped", error, actor)
            actor._stop()  # noqa: SLF001
            pykka.ActorRegistry.stop_all(block=False)
    if actor is not None and actor.actor_stopped.is_set():
        mailbox.actor = None


def _failed(actor: pykka.Actor, envelope: Any) -> None:
    """Give the exception to whoever asked; else end the actor."""
    if envelope.reply_to is not None:
        envelope.reply_to.set_exception()
        return
    actor._handle_failure(*sys.exc_info())  # noqa: SLF001
    try:
        actor.on_failure(*sys.exc_info())
    except Exception:  # noqa: BLE001 - logged by Pykka
        actor._handle_failure(*sys.exc_info())  # noqa: SLF001
