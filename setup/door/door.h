/* The door: what stands in front of PJSIP's transactions and dialogs, so that a stranger costs next to
 * nothing. Compiled into the pjsua2 extension, reached from Python by ctypes (actors/sip/door.py).
 * All of it runs on the SIP thread: no locks. */
#ifndef ACD_DOOR_H
#define ACD_DOOR_H

#include <pjsip.h>
#include <pjlib.h>

/* What a source may do; the bits are those of actors/sip/door.py. */
enum { DOOR_CALL = 1, DOOR_UNCAPPED = 2, DOOR_PROXY = 4 };

/* Why a request was refused; the names are those of actors/sip/door.py, in this order. */
enum door_why {
    DOOR_FORBIDDEN, DOOR_CLOSED, DOOR_RATE, DOOR_HALF_OPEN, DOOR_CALLS, DOOR_METHOD, DOOR_EVENT,
    DOOR_NO_DIALOG, DOOR_EXTENSION, DOOR_SCHEME, DOOR_MEDIA, DOOR_IPV6, DOOR_NO_RTP, DOOR_UNANSWERED, DOOR_CONNECTIONS,
    DOOR_ROUTE, DOOR_NO_CODEC, DOOR_STACK, DOOR_WHYS
};

/* What Python writes and reads: a ctypes.Structure with the same fields, all of 32 bits. */
struct door_state {
    pj_int32_t closed_for;              /* >= 0: no new call, OPTIONS are told 503 with this Retry-After */
    pj_uint32_t retry_after;            /* in the 503 of a source over its caps, seconds */
    pj_uint32_t setups_per_second;      /* the caps of each source that is not DOOR_UNCAPPED; 0: none */
    pj_uint32_t requests_per_second;    /* more are not answered at all */
    pj_uint32_t dialog_requests_per_second; /* the same in each dialog, whoever its other side is; 0: any */
    pj_uint32_t half_open;              /* calls begun and not yet confirmed */
    pj_uint32_t calls;                  /* calls begun and not yet over */
    pj_uint32_t connections;            /* TCP and TLS connections that a source has opened */
    pj_uint32_t all_connections;        /* and all sources together, uncapped ones too */
    pj_uint32_t generation;             /* another number: who may do what is asked anew */
    pj_uint32_t open_connections;       /* counters, written here */
    pj_uint32_t seen;
    pj_uint32_t refused;
    pj_uint32_t dropped;
    pj_uint32_t rerouted;
    pj_uint32_t taking;                 /* 1 from an INVITE that was let in until PJSIP has had its way with it */
};
extern struct door_state door;

/* One address, or one IPv6 network of 64 bits: what is counted of it. */
struct door_source {
    pj_uint32_t key[4];
    pj_uint8_t kind;                    /* 0: free place; else see sources.c */
    pj_uint8_t rights;
    pj_uint16_t connections;
    pj_uint32_t generation;
    pj_uint16_t half_open, calls;
    pj_uint32_t setups, requests;       /* tokens left, in sixteenths */
    pj_uint32_t refilled;               /* when, in ms */
};

/* The source's rights; *counted is where its caps are counted, NULL where it has none. */
unsigned door_rights(const pj_sockaddr *from, struct door_source **counted);
/* Takes one token; 0 where there is none left. */
int door_take_setup(struct door_source *source);
int door_take_request(struct door_source *source);
/* Reads an IP address as text; 0 where it is none. */
int door_read_address(const char *text, int port, pj_sockaddr *address);
/* Keeps in mind that requests go to this connection, and where else its host may be called: 0, nowhere. */
void door_remember_way(const pj_sockaddr *from, int port);
/* Puts the other port in place of the one of a connection that is gone; 0 where there is no way any more. */
int door_find_way(pj_sockaddr *to);
/* Notes a refusal, for Python to fetch. */
void door_refused(const pj_sockaddr *from, const pj_str_t *method, int code, enum door_why why);

/* Has PJSIP see no more of an SDP than it needs; returns what it has for us. */
enum door_audio { DOOR_NO_SDP, DOOR_AUDIO, DOOR_NO_AUDIO, DOOR_IPV6_AUDIO };
enum door_audio door_clean_sdp(pjsip_rx_data *rdata);
/* What the message at hand has. */
extern enum door_audio door_offered;

/* Has answers give back From and To as they came. */
void door_keep_names(pjsip_rx_data *rdata);
/* Whether a URI is of scheme sip or sips. */
int door_is_sip(const void *uri);
/* The first Record-Route that is not our own, or NULL. */
pjsip_rr_hdr *door_record_route(const pjsip_rx_data *rdata);

/* Bounds what a dialog's other side can have us keep; 0 where this request is one too many. */
int door_bound(pjsip_dialog *dialog);

/* The parts, opened after libInit and before libStart. */
pj_status_t door_open_requests(pjsip_endpoint *endpoint, pj_pool_t *pool);
pj_status_t door_open_routes(pjsip_endpoint *endpoint, pj_pool_t *pool);
pj_status_t door_open_names(pjsip_endpoint *endpoint);
void door_open_connections(pjsip_endpoint *endpoint);
pj_status_t door_open_dialogs(pjsip_endpoint *endpoint);
void door_close_dialogs(pjsip_endpoint *endpoint);
void door_close_requests(pjsip_endpoint *endpoint);
void door_close_routes(pjsip_endpoint *endpoint);

#endif
