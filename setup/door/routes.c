/* Where requests of a dialog go: to where its other side is, whatever its Contact says. A phone behind NAT, or
 * on a connection of its own, writes an address into its Contact at which nobody reaches it. */
#include "door.h"
#include <pjsua-lib/pjsua.h>
#include <pjsua-lib/pjsua_internal.h>
#include <pjsip_simple.h>
#include <string.h>

enum door_audio door_offered;

static pjsip_route_hdr *route;          /* of the next dialog; PJSIP copies it, so one is enough */
static pjsip_sip_uri *route_uri;
static pjsip_param hidden;
static char route_host[PJ_INET6_ADDRSTRLEN + 10], route_transport[8];

int door_is_sip(const void *uri)
{
    return uri != NULL && (PJSIP_URI_SCHEME_IS_SIP(uri) || PJSIP_URI_SCHEME_IS_SIPS(uri));
}

static int makes_dialog(const pjsip_method *method)
{
    return method->id == PJSIP_INVITE_METHOD || pj_strcmp2(&method->name, "SUBSCRIBE") == 0;
}

/* PJSIP obeys a route with this parameter, and leaves it out of what it sends. */
static int is_hidden(const pjsip_routing_hdr *header)
{
    const pj_str_t hide = { "hide", 4 };
    const pjsip_sip_uri *uri = (const pjsip_sip_uri*)pjsip_uri_get_uri(header->name_addr.uri);

    return PJSIP_URI_SCHEME_IS_SIP(header->name_addr.uri) &&
        pjsip_param_cfind(&uri->other_param, &hide) != NULL;
}

pjsip_rr_hdr *door_record_route(const pjsip_rx_data *rdata)
{
    pjsip_rr_hdr *record = rdata->msg_info.record_route;

    if (record != NULL && is_hidden(record))
        record = record->next == (void*)&rdata->msg_info.msg->hdr ? NULL :
            (pjsip_rr_hdr*)pjsip_msg_find_hdr(rdata->msg_info.msg, PJSIP_H_RECORD_ROUTE, record->next);
    return record;
}

static const char *transport_of(const pjsip_transport *transport)
{
    if (!(transport->flag & PJSIP_TRANSPORT_RELIABLE))
        return "";
    return transport->flag & PJSIP_TRANSPORT_SECURE ? "tls" : "tcp";
}

static int port_of(const pjsip_sip_uri *uri)
{
    return uri->port ? uri->port : pj_stricmp2(&uri->transport_param, "tls") == 0 ? 5061 : 5060;
}

/* Whether a Contact is on the host its packet came from: some phones send from another port than the one at
 * which they listen. Never pj_sockaddr_parse or pj_sockaddr_init here: they ask the DNS, and wait for it. */
static int is_near(const pjsip_sip_uri *contact, const pjsip_rx_data *rdata)
{
    const pj_sockaddr *from = &rdata->pkt_info.src_addr;
    unsigned char claimed[16];

    return contact->maddr_param.slen == 0 &&
        pj_inet_pton(from->addr.sa_family, &contact->host, claimed) == PJ_SUCCESS &&
        memcmp(claimed, pj_sockaddr_get_addr(from), pj_sockaddr_get_addr_len(from)) == 0;
}

/* Whether nothing of ours leads there: by TLS, say, or by IPv6. Whoever sent this did so by another way. */
static int out_of_reach(const void *anything, const pjsip_rx_data *rdata)
{
    const pjsip_sip_uri *uri = (const pjsip_sip_uri*)pjsip_uri_get_uri((void*)anything);

    return (uri->transport_param.slen && pj_stricmp2(&uri->transport_param, "udp") != 0 &&
            pj_stricmp2(&uri->transport_param, "tcp") != 0) ||
        (rdata->pkt_info.src_addr.addr.sa_family == pj_AF_INET() && pj_strchr(&uri->host, ':') != NULL);
}

/* The Record-Route that becomes our first Route: a request's first, an answer's last (RFC 3261, 12.1). */
static pjsip_rr_hdr *nearest(pjsip_rx_data *rdata)
{
    pjsip_msg *msg = rdata->msg_info.msg;
    pjsip_hdr *header;

    if (msg->type == PJSIP_REQUEST_MSG)
        return rdata->msg_info.record_route;
    for (header = msg->hdr.prev; header != &msg->hdr; header = header->prev)
        if (header->type == PJSIP_H_RECORD_ROUTE)
            return (pjsip_rr_hdr*)header;
    return NULL;
}

/* Makes PJSIP believe that a proxy at the packet's source wants to stay in the dialog's route: the Contact stays
 * the Request-URI (RFC 3261, section 12.2.1.1), and the packets go to the source, or on its connection. */
static void route_to_source(pjsip_rx_data *rdata)
{
    pjsip_msg *msg = rdata->msg_info.msg;
    pj_pool_t *pool = rdata->tp_info.pool;
    pjsip_rr_hdr *record = pjsip_rr_hdr_create(pool);
    pjsip_sip_uri *uri = pjsip_sip_uri_create(pool, PJ_FALSE);
    pjsip_param *hide = PJ_POOL_ZALLOC_T(pool, pjsip_param);

    hide->name = hidden.name;
    pj_list_push_back(&uri->other_param, hide);
    record->name_addr.uri = (pjsip_uri*)uri;
    pj_strdup2(pool, &uri->host, rdata->pkt_info.src_name);
    uri->port = rdata->pkt_info.src_port;
    uri->lr_param = 1;
    uri->transport_param = pj_str((char*)transport_of(rdata->tp_info.transport));
    if (msg->type == PJSIP_REQUEST_MSG)
        pjsip_msg_insert_first_hdr(msg, (pjsip_hdr*)record);
    else
        pjsip_msg_add_hdr(msg, (pjsip_hdr*)record);
    if (msg->type == PJSIP_REQUEST_MSG || rdata->msg_info.record_route == NULL)
        rdata->msg_info.record_route = record;
    door.rerouted++;
}

/* `away`: whoever sent this is to be reached where it came from, if its Contact says otherwise. */
static void find_way_back(pjsip_rx_data *rdata, int away)
{
    pjsip_contact_hdr *contact =
        (pjsip_contact_hdr*)pjsip_msg_find_hdr(rdata->msg_info.msg, PJSIP_H_CONTACT, NULL);
    pjsip_rr_hdr *record = nearest(rdata);
    const pjsip_sip_uri *uri;
    int near;

    if (record != NULL) {
        if (out_of_reach(record->name_addr.uri, rdata))
            route_to_source(rdata);
        return;
    }
    if (contact == NULL || !door_is_sip(contact->uri))
        return;
    uri = (const pjsip_sip_uri*)pjsip_uri_get_uri(contact->uri);
    near = is_near(uri, rdata);
    if (away && *transport_of(rdata->tp_info.transport))
        door_remember_way(&rdata->pkt_info.src_addr, near ? port_of(uri) : 0);
    if ((away && (*transport_of(rdata->tp_info.transport) || !near)) || out_of_reach(uri, rdata))
        route_to_source(rdata);
}

/* A route that is no SIP URI leads nowhere, and PJSIP would read where nothing is; of requests see requests.c. */
static void drop_bad_routes(pjsip_rx_data *rdata)
{
    pjsip_msg *msg = rdata->msg_info.msg;
    pjsip_hdr *header, *next;

    rdata->msg_info.record_route = NULL;
    for (header = msg->hdr.next; header != &msg->hdr; header = next) {
        next = header->next;
        if (header->type != PJSIP_H_RECORD_ROUTE)
            continue;
        if (!door_is_sip(((pjsip_rr_hdr*)header)->name_addr.uri))
            pj_list_erase(header);
        else if (rdata->msg_info.record_route == NULL)
            rdata->msg_info.record_route = (pjsip_rr_hdr*)header;
    }
}

/* Two Vias: a proxy is between, and where the other side is, it knows. */
static int direct(pjsip_rx_data *rdata)
{
    return pjsip_msg_find_hdr(rdata->msg_info.msg, PJSIP_H_VIA, rdata->msg_info.via->next) == NULL;
}

static pj_bool_t on_rx_request(pjsip_rx_data *rdata)
{
    struct door_source *counted;

    door_keep_names(rdata);
    door_offered = door_clean_sdp(rdata);
    if (rdata->msg_info.to->tag.slen == 0 && makes_dialog(&rdata->msg_info.msg->line.req.method) &&
        (rdata->msg_info.record_route == NULL || door_is_sip(rdata->msg_info.record_route->name_addr.uri)))
        find_way_back(rdata, direct(rdata) &&
            !(door_rights(&rdata->pkt_info.src_addr, &counted) & DOOR_PROXY));
    return PJ_FALSE;
}

/* An answer to a request that we sent to a phone's source instead of its Contact. */
static int was_routed(pjsip_rx_data *rdata)
{
    pjsip_transaction *transaction;
    pjsip_route_hdr *header;
    pj_str_t key;

    if (pjsip_tsx_create_key(rdata->tp_info.pool, &key, PJSIP_ROLE_UAC, &rdata->msg_info.cseq->method,
            rdata) != PJ_SUCCESS)
        return 0;
    transaction = pjsip_tsx_layer_find_tsx2(&key, PJ_FALSE);
    if (transaction == NULL || transaction->last_tx == NULL)
        return 0;
    header = (pjsip_route_hdr*)pjsip_msg_find_hdr(transaction->last_tx->msg, PJSIP_H_ROUTE, NULL);
    return header != NULL && is_hidden(header);
}

static pj_bool_t on_rx_response(pjsip_rx_data *rdata)
{
    int code = rdata->msg_info.msg->line.status.code;

    door_clean_sdp(rdata);
    drop_bad_routes(rdata);
    if (code > 100 && code < 300 && makes_dialog(&rdata->msg_info.cseq->method))
        find_way_back(rdata, was_routed(rdata));
    return PJ_FALSE;
}

/* Before the transaction layer: it hands answers on to dialogs itself. */
static pjsip_module module = { NULL, NULL, { "mod-acd-routes", 14 }, -1, PJSIP_MOD_PRIORITY_TSX_LAYER - 1,
    NULL, NULL, NULL, NULL, &on_rx_request, &on_rx_response, NULL, NULL, NULL };

/* Python, in a callback: by what a message came; empty: UDP. */
const char *door_transport(const pjsip_rx_data *rdata)
{
    return transport_of(rdata->tp_info.transport);
}

/* Python, around makeCall and Buddy.create: the dialogs that `account` begins go to this host and port; an empty
 * host ends it. A `visible` route is for a proxy, which has to know what to do with the request. `other` is the
 * port at which to call where a connection is gone; 0: none. */
void door_route(int account, const char *host, int port, const char *transport, int visible, int other)
{
    pjsua_acc *acc = &pjsua_var.acc[account];
    pj_sockaddr to;

    pj_list_init(&acc->route_set);
    if (!*host)
        return;
    pj_ansi_strxcpy(route_host, host, sizeof route_host);
    pj_ansi_strxcpy(route_transport, transport, sizeof route_transport);
    route_uri->host = pj_str(route_host);
    route_uri->port = port;
    route_uri->transport_param = pj_str(route_transport);
    pj_list_init(&route_uri->other_param);
    if (!visible)
        pj_list_push_back(&route_uri->other_param, &hidden);
    pj_list_init(route);
    pj_list_push_back(&acc->route_set, route);
    if (!visible && *transport && strcmp(transport, "udp") != 0 && door_read_address(host, port, &to))
        door_remember_way(&to, other);
}

/* Python, in the same places: the Contact of what is sent; an empty text gives back the one before. PJSIP would
 * name the first address of the machine to whoever is called by a host name. */
void door_contact(int account, const char *text)
{
    static char buffer[256];
    static pj_str_t before;
    pjsua_acc *acc = &pjsua_var.acc[account];

    if (*text) {
        before = acc->contact;
        pj_ansi_strxcpy(buffer, text, sizeof buffer);
        acc->contact = pj_str(buffer);
    } else {
        acc->contact = before;
    }
}

/* Python, around the beginning of a registration: the Contact with which it is made; an empty text afterwards. By
 * itself PJSIP would register the first address of the machine, and tell whoever calls the one it has registered. */
void door_registered_contact(int account, const char *text)
{
    static char buffer[256];
    pjsua_acc *acc = &pjsua_var.acc[account];

    pj_ansi_strxcpy(buffer, text, sizeof buffer);
    acc->cfg.force_contact = pj_str(buffer);
    acc->contact.slen = 0;
}

pj_status_t door_open_routes(pjsip_endpoint *endpoint, pj_pool_t *pool)
{
    hidden.name = pj_str("hide");
    route = pjsip_route_hdr_create(pool);
    route_uri = pjsip_sip_uri_create(pool, PJ_FALSE);
    route_uri->lr_param = 1;
    route->name_addr.uri = (pjsip_uri*)route_uri;
    module.id = -1;
    module.prev = module.next = NULL;
    return pjsip_endpt_register_module(endpoint, &module);
}

void door_close_routes(pjsip_endpoint *endpoint)
{
    pjsip_endpt_unregister_module(endpoint, &module);
}
