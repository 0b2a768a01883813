/* How PJSIP is compiled for the ACD: sized for 5,000 calls in queues and on agents. */

/* 5,000 callers, each of whom may be on an agent's phone: 10,000 legs, and room for those that are
 * ending. A slot costs its share of the table only when the server asks for it (maxCalls). */
#define PJSUA_MAX_CALLS 10240

/* One conference port for each leg (pjsua makes one though our own pump carries the sound), one for
 * the bridge's master port. */
#define PJSUA_MAX_CONF_PORTS (PJSUA_MAX_CALLS + 64)

/* One presence subscription for each agent who is logged on. A static array. */
#define PJSUA_MAX_BUDDIES 4096

/* One account for the call server, one for each transport, some to spare. */
#define PJSUA_MAX_ACC 16

/* Sockets: UDP, TCP and TLS listeners, one more for each phone that comes by TCP or TLS. */
#define PJ_IOQUEUE_MAX_HANDLES 8192

/* Hash tables: a power of two minus one. Ended transactions stay for 32 s (RFC 3261, timers H, J and
 * K): 100 calls a second with four transactions a leg are 25,600 of them. */
#define PJSIP_MAX_TSX_COUNT ((64 * 1024) - 1)
#define PJSIP_MAX_DIALOG_COUNT ((32 * 1024) - 1)

/* 4,000 by default: an INVITE with a long SDP, many headers and a certificate chain in it is cut off. */
#define PJSIP_MAX_PKT_LEN 8000

/* 1,024 by default: a longer SDP would reach Python as an empty string. */
#define PJSUA2_MAX_SDP_BUF_LEN PJSIP_MAX_PKT_LEN

/* 16 by default, of which each call slot has two tables: some 11 kB. An SDP with more lines gets 488. */
#define PJMEDIA_MAX_SDP_MEDIA 8

/* One line of the SIP trace holds one whole message. */
#define PJ_LOG_MAX_SIZE (PJSIP_MAX_PKT_LEN + 1000)

/* The kernel's default buffer (208 KiB) holds some 150 INVITEs: a burst of 1,000 would lose the rest.
 * The kernel cuts this down to net.core.rmem_max and wmem_max in silence. */
#define PJSIP_UDP_SO_RCVBUF_SIZE (4 * 1024 * 1024)
#define PJSIP_UDP_SO_SNDBUF_SIZE (4 * 1024 * 1024)

/* 5 by default: a hundred phones that come back at once by TCP after a network failure. */
#define PJSIP_TCP_TRANSPORT_BACKLOG 256
#define PJSIP_TLS_TRANSPORT_BACKLOG 256

/* Never by default: a connection on which no message has come for so many seconds is closed. One that has
 * been used is, too, after 600 s without a transaction. */
#define PJSIP_TRANSPORT_SERVER_IDLE_TIME_FIRST 20

#define PJ_HAS_IPV6 1

/* 600 by default. A call server that crashed may forget our subscriptions, and then nothing is told of the
 * agents' phones until the next refresh. 120 s cost four SUBSCRIBEs a second with 500 agents. */
#define PJSIP_PRES_DEFAULT_EXPIRES 120
