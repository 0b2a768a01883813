/* TCP and TLS connections that others open: counted by source, bounded, and told whether one lives. */
#include "door.h"
#include <string.h>

#define CONNECTIONS 8192                /* no less than PJ_IOQUEUE_MAX_HANDLES */

#define WAYS 4096                       /* a power of two */

/* Where a connection came from, and the port at which its host may be called when it is gone; 0: none. */
struct way {
    pj_sockaddr to;
    pj_uint16_t port;
};

static pjsip_transport *open_ones[CONNECTIONS];
static struct way ways[WAYS];
static pjsip_tp_state_callback others;  /* who was told before us: pjsua */

static int find(const pjsip_transport *transport)
{
    unsigned i;

    for (i = 0; i < door.open_connections; i++)
        if (open_ones[i] == transport)
            return (int)i;
    return -1;
}

/* How many this host has opened. */
static unsigned opened_by(const pj_sockaddr *from)
{
    pj_sockaddr one;
    unsigned i, count = 0;

    for (i = 0; i < door.open_connections; i++) {
        pj_sockaddr_cp(&one, &open_ones[i]->key.rem_addr);
        pj_sockaddr_set_port(&one, pj_sockaddr_get_port(from));
        count += pj_sockaddr_cmp(&one, from) == 0;
    }
    return count;
}

/* Whether one more is too many. Half of all is for others, even of a source without caps. */
static int excess(const pj_sockaddr *from, struct door_source *counted)
{
    if (door.open_connections >= CONNECTIONS ||
        (door.all_connections && door.open_connections >= door.all_connections) ||
        (door.all_connections && counted == NULL && opened_by(from) >= door.all_connections / 2) ||
        (counted != NULL && door.connections && counted->connections >= door.connections)) {
        const pj_str_t none = { "", 0 };
        door_refused(from, &none, 0, DOOR_CONNECTIONS);
        return 1;
    }
    return 0;
}

static void opened(pjsip_transport *transport)
{
    struct door_source *counted;

    door_rights(&transport->key.rem_addr, &counted);
    if (excess(&transport->key.rem_addr, counted)) {
        pjsip_transport_shutdown2(transport, PJ_TRUE);
        return;
    }
    open_ones[door.open_connections++] = transport;
    if (counted != NULL)
        counted->connections++;
}

static void gone(pjsip_transport *transport)
{
    struct door_source *counted;
    int place = find(transport);

    if (place < 0)
        return;
    open_ones[place] = open_ones[--door.open_connections];
    door_rights(&transport->key.rem_addr, &counted);
    if (counted != NULL && counted->connections)
        counted->connections--;
}

static void on_state(pjsip_transport *transport, pjsip_transport_state state,
    const pjsip_transport_state_info *info)
{
    if (transport->dir == PJSIP_TP_DIR_INCOMING && (transport->flag & PJSIP_TRANSPORT_RELIABLE)) {
        if (state == PJSIP_TP_STATE_CONNECTED)
            opened(transport);
        else if (state == PJSIP_TP_STATE_DESTROY)
            gone(transport);
    }
    if (others != NULL)
        (*others)(transport, state, info);
}

static int connected(const pj_sockaddr *to)
{
    unsigned i;

    for (i = 0; i < door.open_connections; i++) {
        const pjsip_transport *one = open_ones[i];
        if (!one->is_shutdown && !one->is_destroying && pj_sockaddr_cmp(&one->key.rem_addr, to) == 0)
            return 1;
    }
    return 0;
}

static struct way *way_of(const pj_sockaddr *to)
{
    pj_uint32_t hash = pj_hash_calc(0, pj_sockaddr_get_addr(to), pj_sockaddr_get_addr_len(to));

    return &ways[(hash ^ (pj_sockaddr_get_port(to) * 2654435761u >> 16)) & (WAYS - 1)];
}

void door_remember_way(const pj_sockaddr *from, int port)
{
    struct way *way = way_of(from);

    pj_sockaddr_cp(&way->to, from);
    way->port = (pj_uint16_t)port;
}

int door_find_way(pj_sockaddr *to)
{
    const struct way *way = way_of(to);

    if (way->to.addr.sa_family == 0 || pj_sockaddr_cmp(&way->to, to) != 0 || connected(to))
        return 1;
    if (way->port == 0)
        return 0;
    return pj_sockaddr_set_port(to, way->port) == PJ_SUCCESS;
}

/* Python: whether a connection from this address and port, which its other side has opened, still lives. */
int door_connected(const char *address, int port)
{
    pj_sockaddr to;

    return door_read_address(address, port, &to) && connected(&to);
}

void door_open_connections(pjsip_endpoint *endpoint)
{
    pjsip_tpmgr *manager = pjsip_endpt_get_tpmgr(endpoint);

    others = pjsip_tpmgr_get_state_cb(manager);
    pjsip_tpmgr_set_state_cb(manager, &on_state);
}
