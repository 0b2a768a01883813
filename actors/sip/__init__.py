"""The SIP stack: the only code that imports pjsua2; all of it runs on the gateway's one thread."""
