"""A leg: one SIP dialog and its RTP session, a machine of its own. Pure."""
