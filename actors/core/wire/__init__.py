"""SIP's texts: addresses, messages, SDP, presence documents. Pure."""
