/* TCP and TLS connections that others open: counted by source, bounded, and told whether one lives. */
#include "door.h"
#include <string.h>

#define CONNECTIONS 8192                /* no less than PJ_IOQUEUE_MAX_HANDLES */

static pjsip_transport *open_ones[CONNECTIONS];
static pjsip_tp_state_callback others;  /* who was told before us: pjsua */

static int find(const pjsip_transport *transport)
{
    unsigned i;

    for (i = 0; i < door.open_connections; i++)
        if (open_ones[i] == transport)
            return (int)i;
    return -1;
}

/* Whether one more is too many. */
static int excess(const pj_sockaddr *from, struct door_source *counted)
{
    if (door.open_connections >= CONNECTIONS ||
        (door.all_connections && door.open_connections >= door.all_connections) ||
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

/* Python: whether a connection from this address and port, which its other side has opened, still lives. */
int door_connected(const char *address, int port)
{
    pj_str_t text = { (char*)address, (pj_ssize_t)strlen(address) };
    unsigned i;

    for (i = 0; i < door.open_connections; i++) {
        const pjsip_transport *one = open_ones[i];
        if (one->remote_name.port == port && !one->is_shutdown && !one->is_destroying &&
            pj_strcmp(&one->remote_name.host, &text) == 0)
            return 1;
    }
    return 0;
}

void door_open_connections(pjsip_endpoint *endpoint)
{
    pjsip_tpmgr *manager = pjsip_endpt_get_tpmgr(endpoint);

    others = pjsip_tpmgr_get_state_cb(manager);
    pjsip_tpmgr_set_state_cb(manager, &on_state);
}
