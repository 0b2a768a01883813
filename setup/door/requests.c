/* Requests that need no transaction: refused, or answered, before PJSIP has spent memory on them. */
#include "door.h"
#include <pjsip_ua.h>
#include <pjsip_simple.h>
#include <string.h>

struct door_state door = { -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };

/* What we understand. They take the place of PJSIP's own lists: the 200 to an INVITE says the same. */
static const char *METHODS[] = { "INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "INFO", "UPDATE", "PRACK",
    "NOTIFY", "REFER" };
static const char *EXTENSIONS[] = { "100rel", "timer" };

static pjsip_endpoint *endpoint;
static pjsip_hdr retry_list, allow_list, events_list, options_list;
static pjsip_generic_string_hdr retry_header, events_header;
static pjsip_generic_array_hdr *allow_header, *supported_header;
static char retry_text[12];

/* The INVITE that PJSIP is taking in now (door.taking). What it refuses by itself, nobody else hears of. */
static struct {
    pj_sockaddr source;
    char call_id[128];
    pj_ssize_t length;
} taken;

static int is(const pjsip_method *method, const char *name)
{
    return pj_strcmp2(&method->name, name) == 0;
}

static pj_bool_t answer(pjsip_rx_data *rdata, int code, const pjsip_hdr *headers)
{
    pjsip_endpt_respond_stateless(endpoint, rdata, code, NULL, headers, NULL);
    return PJ_TRUE;
}

static pj_bool_t refuse(pjsip_rx_data *rdata, int code, enum door_why why, const pjsip_hdr *headers)
{
    door_refused(&rdata->pkt_info.src_addr, &rdata->msg_info.msg->line.req.method.name, code, why);
    return answer(rdata, code, headers);
}

/* No answer at all: whoever sends so much shall not make us send as much. */
static pj_bool_t drop(pjsip_rx_data *rdata)
{
    door_refused(&rdata->pkt_info.src_addr, &rdata->msg_info.msg->line.req.method.name, 0,
        DOOR_UNANSWERED);
    return PJ_TRUE;
}

static pj_bool_t busy(pjsip_rx_data *rdata, unsigned seconds, enum door_why why)
{
    retry_header.hvalue.slen = pj_utoa(seconds, retry_text);
    return refuse(rdata, 503, why, &retry_list);
}

static int known(const pj_str_t *extension)
{
    unsigned i;

    for (i = 0; i < PJ_ARRAY_SIZE(EXTENSIONS); i++)
        if (pj_stricmp2(extension, EXTENSIONS[i]) == 0)
            return 1;
    return 0;
}

/* The first Require that names what we do not know, as an Unsupported header (RFC 3261, section 8.2.2.3). */
static pjsip_unsupported_hdr *unsupported(pjsip_rx_data *rdata)
{
    pjsip_msg *msg = rdata->msg_info.msg;
    pjsip_require_hdr *require = NULL;
    pjsip_unsupported_hdr *found = NULL;
    void *from = NULL;
    unsigned i;

    while ((require = (pjsip_require_hdr*)pjsip_msg_find_hdr(msg, PJSIP_H_REQUIRE, from)) != NULL) {
        for (i = 0; i < require->count; i++)
            if (!known(&require->values[i])) {
                if (found == NULL)
                    found = pjsip_unsupported_hdr_create(rdata->tp_info.pool);
                if (found->count < PJSIP_GENERIC_ARRAY_MAX_COUNT)
                    found->values[found->count++] = require->values[i];
            }
        from = require->next;
        if (from == (void*)&msg->hdr)
            break;
    }
    return found;
}

static pj_bool_t bad_extension(pjsip_rx_data *rdata, pjsip_unsupported_hdr *header)
{
    pjsip_hdr list;

    pj_list_init(&list);
    pj_list_push_back(&list, header);
    return refuse(rdata, PJSIP_SC_BAD_EXTENSION, DOOR_EXTENSION, &list);
}

/* PJSIP reads PJMEDIA_MAX_SDP_MEDIA lines of an offer and forgets the others: its answer would have too few
 * (RFC 3264, section 6). */
static int too_long(const pjsip_msg *msg)
{
    const char *at = msg->body ? (const char*)msg->body->data : NULL;
    const char *end = at ? at + msg->body->len : NULL;
    int lines = 0;

    for (; at != NULL && end - at >= 2; at = memchr(at, '\n', (size_t)(end - at)), at = at ? at + 1 : NULL)
        lines += at[0] == 'm' && at[1] == '=';
    return lines > PJMEDIA_MAX_SDP_MEDIA;
}

static pj_bool_t not_acceptable(pjsip_rx_data *rdata, const char *warning, enum door_why why)
{
    pj_str_t name = { "Warning", 7 }, value = { (char*)warning, (pj_ssize_t)strlen(warning) };
    pjsip_hdr list;

    pj_list_init(&list);
    pj_list_push_back(&list, pjsip_generic_string_hdr_create(rdata->tp_info.pool, &name, &value));
    return refuse(rdata, PJSIP_SC_NOT_ACCEPTABLE_HERE, why, &list);
}

/* An offer that nobody can answer needs no call (the warnings: RFC 3261, section 20.43). */
static pj_bool_t offer(pjsip_rx_data *rdata)
{
    if (too_long(rdata->msg_info.msg))
        return not_acceptable(rdata, "399 acd \"Too many media lines\"", DOOR_MEDIA);
    if (door_offered == DOOR_IPV6_AUDIO)
        return not_acceptable(rdata, "300 acd \"Incompatible network protocol\"", DOOR_IPV6);
    if (door_offered == DOOR_NO_AUDIO)
        return not_acceptable(rdata, "304 acd \"Media type not available\"", DOOR_NO_RTP);
    return PJ_FALSE;
}

/* sips: promises TLS all the way (RFC 3261, section 26.2.2). Where it stands in one of these, our Contact would
 * have to promise it as well (section 12.1.1). */
static int insecure(const pjsip_rx_data *rdata)
{
    const pjsip_msg *msg = rdata->msg_info.msg;
    const pjsip_rr_hdr *record = door_record_route(rdata);
    const pjsip_contact_hdr *contact =
        (const pjsip_contact_hdr*)pjsip_msg_find_hdr(msg, PJSIP_H_CONTACT, NULL);
    const void *next = record ? record->name_addr.uri : contact ? contact->uri : NULL;

    return !(rdata->tp_info.transport->flag & PJSIP_TRANSPORT_SECURE) &&
        (PJSIP_URI_SCHEME_IS_SIPS(msg->line.req.uri) || (next != NULL && PJSIP_URI_SCHEME_IS_SIPS(next)));
}

/* PJSIP takes the URI of a route for a SIP URI without a look at it, and reads where nothing is. */
static int bad_route(const pjsip_rx_data *rdata)
{
    const pjsip_msg *msg = rdata->msg_info.msg;
    const pjsip_hdr *header;

    for (header = msg->hdr.next; header != &msg->hdr; header = header->next)
        if ((header->type == PJSIP_H_RECORD_ROUTE || header->type == PJSIP_H_ROUTE) &&
            !door_is_sip(((const pjsip_routing_hdr*)header)->name_addr.uri))
            return 1;
    return 0;
}

static pj_bool_t new_call(pjsip_rx_data *rdata, struct door_source *counted)
{
    if (door.closed_for >= 0)
        return busy(rdata, (unsigned)door.closed_for, DOOR_CLOSED);
    if (counted != NULL && !door_take_setup(counted))
        return busy(rdata, door.retry_after, DOOR_RATE);
    if (counted != NULL && door.half_open && counted->half_open >= door.half_open)
        return busy(rdata, door.retry_after, DOOR_HALF_OPEN);
    if (counted != NULL && door.calls && counted->calls >= door.calls)
        return busy(rdata, door.retry_after, DOOR_CALLS);
    return offer(rdata);
}

static pj_str_t call_id_of(const pjsip_cid_hdr *header)
{
    pj_str_t id = header->id;

    id.slen = PJ_MIN(id.slen, (pj_ssize_t)sizeof taken.call_id);
    return id;
}

static void let_in(const pjsip_rx_data *rdata)
{
    pj_str_t id = call_id_of(rdata->msg_info.cid);

    taken.source = rdata->pkt_info.src_addr;
    taken.length = id.slen;
    memcpy(taken.call_id, id.ptr, (size_t)id.slen);
    door.taking = 1;
}

/* A request without a To tag: it would begin a dialog, or wants something else of us. */
static pj_bool_t outside(pjsip_rx_data *rdata)
{
    const pjsip_method *method = &rdata->msg_info.msg->line.req.method;
    struct door_source *counted;
    unsigned rights = door_rights(&rdata->pkt_info.src_addr, &counted);
    pjsip_unsupported_hdr *header;

    if (counted != NULL && !door_take_request(counted))
        return drop(rdata);
    if (method->id == PJSIP_INVITE_METHOD && !(rights & DOOR_CALL))
        return refuse(rdata, PJSIP_SC_FORBIDDEN, DOOR_FORBIDDEN, NULL);
    if (is(method, "SUBSCRIBE"))
        return refuse(rdata, PJSIP_SC_BAD_EVENT, DOOR_EVENT, &events_list);
    if (is(method, "NOTIFY") || method->id == PJSIP_BYE_METHOD || is(method, "INFO") ||
        is(method, "UPDATE") || is(method, "PRACK"))
        return refuse(rdata, PJSIP_SC_CALL_TSX_DOES_NOT_EXIST, DOOR_NO_DIALOG, NULL);
    if (method->id != PJSIP_INVITE_METHOD && method->id != PJSIP_OPTIONS_METHOD)
        return refuse(rdata, PJSIP_SC_METHOD_NOT_ALLOWED, DOOR_METHOD, &allow_list);
    if (bad_route(rdata))
        return refuse(rdata, PJSIP_SC_BAD_REQUEST, DOOR_ROUTE, NULL);
    if (insecure(rdata))
        return refuse(rdata, PJSIP_SC_UNSUPPORTED_URI_SCHEME, DOOR_SCHEME, NULL);
    if ((header = unsupported(rdata)) != NULL)
        return bad_extension(rdata, header);
    if (method->id == PJSIP_INVITE_METHOD) {
        if (new_call(rdata, counted))
            return PJ_TRUE;
        let_in(rdata);
        return PJ_FALSE;
    }
    if (door.closed_for >= 0)           /* a proxy that asks whether we are well sends its calls elsewhere */
        return busy(rdata, (unsigned)door.closed_for, DOOR_CLOSED);
    return answer(rdata, PJSIP_SC_OK, &options_list);
}

static pj_bool_t in_call(pjsip_rx_data *rdata, pjsip_inv_session *call)
{
    const pjsip_method *method = &rdata->msg_info.msg->line.req.method;
    pj_bool_t subscribed = pjsip_dlg_has_usage(call->dlg, pjsip_evsub_instance());
    pjsip_unsupported_hdr *header;

    if (method->id == PJSIP_BYE_METHOD) {
        /* A CSeq that was too high once must not hold the call for ever: a BYE ends it, whatever its own is. */
        call->dlg->remote.cseq = PJ_MIN(call->dlg->remote.cseq, rdata->msg_info.cseq->cseq - 1);
        return PJ_FALSE;
    }
    if (call->state == PJSIP_INV_STATE_DISCONNECTED)
        return answer(rdata, PJSIP_SC_CALL_TSX_DOES_NOT_EXIST, NULL);
    if (method->id != PJSIP_INVITE_METHOD && !door_bound(call->dlg))
        return drop(rdata);
    if (is(method, "SUBSCRIBE"))
        return answer(rdata, PJSIP_SC_BAD_EVENT, &events_list);
    if (is(method, "NOTIFY"))
        return subscribed ? PJ_FALSE : answer(rdata, PJSIP_SC_CALL_TSX_DOES_NOT_EXIST, NULL);
    if (method->id == PJSIP_OPTIONS_METHOD)
        return answer(rdata, PJSIP_SC_OK, &options_list);
    if (method->id != PJSIP_INVITE_METHOD && !is(method, "INFO") && !is(method, "UPDATE") &&
        !is(method, "PRACK") && !is(method, "REFER"))
        return answer(rdata, PJSIP_SC_METHOD_NOT_ALLOWED, &allow_list);
    if ((header = unsupported(rdata)) != NULL)
        return bad_extension(rdata, header);
    return offer(rdata);
}

/* A dialog of ours without a call is a subscription to a phone. */
static pj_bool_t in_subscription(pjsip_rx_data *rdata, pjsip_dialog *dialog)
{
    const pjsip_method *method = &rdata->msg_info.msg->line.req.method;

    if (!door_bound(dialog))
        return drop(rdata);
    if (is(method, "NOTIFY"))
        return PJ_FALSE;
    if (is(method, "SUBSCRIBE"))
        return answer(rdata, PJSIP_SC_BAD_EVENT, &events_list);
    if (method->id == PJSIP_OPTIONS_METHOD)
        return answer(rdata, PJSIP_SC_OK, &options_list);
    return answer(rdata, PJSIP_SC_METHOD_NOT_ALLOWED, &allow_list);
}

static pjsip_dialog *dialog_of(pjsip_rx_data *rdata)
{
    return pjsip_ua_find_dialog(&rdata->msg_info.cid->id, &rdata->msg_info.to->tag,
        &rdata->msg_info.from->tag, PJ_FALSE);
}

static pj_bool_t inside(pjsip_rx_data *rdata)
{
    pjsip_msg *msg = rdata->msg_info.msg;
    struct door_source *counted;
    pjsip_inv_session *call;
    pjsip_dialog *dialog;

    door_rights(&rdata->pkt_info.src_addr, &counted);
    if (counted != NULL && msg->line.req.method.id != PJSIP_BYE_METHOD && !door_take_request(counted))
        return drop(rdata);
    /* PJSIP's parsers of presence documents read where nothing is. Without a body it takes its branch for
     * an empty NOTIFY; the packet itself stays, and is read in Python. */
    if (is(&msg->line.req.method, "NOTIFY"))
        msg->body = NULL;
    dialog = dialog_of(rdata);
    if (dialog == NULL)                 /* PJSIP answers 481, without state as well */
        return PJ_FALSE;
    call = pjsip_dlg_get_inv_session(dialog);
    return call != NULL ? in_call(rdata, call) : in_subscription(rdata, dialog);
}

/* The ACK to a refusal of ours in a subscription, or one to an INVITE that never came: PJSIP would take its CSeq
 * for the dialog's latest, and refuse what follows. */
static pj_bool_t is_stray(pjsip_rx_data *rdata)
{
    pjsip_dialog *dialog = rdata->msg_info.to->tag.slen ? dialog_of(rdata) : NULL;

    return dialog != NULL && (pjsip_dlg_get_inv_session(dialog) == NULL ||
        rdata->msg_info.cseq->cseq > dialog->remote.cseq);
}

static pj_bool_t on_rx_request(pjsip_rx_data *rdata)
{
    int method = rdata->msg_info.msg->line.req.method.id;

    door.seen++;
    if (method == PJSIP_ACK_METHOD || method == PJSIP_CANCEL_METHOD)
        return method == PJSIP_ACK_METHOD && is_stray(rdata);
    return rdata->msg_info.to->tag.slen ? inside(rdata) : outside(rdata);
}

/* Answers of ours go out when PJSIP's callback has returned, and door.taking is 0 by then. */
static pj_status_t on_tx_response(pjsip_tx_data *tdata)
{
    const pjsip_cseq_hdr *cseq = PJSIP_MSG_CSEQ_HDR(tdata->msg);
    const pjsip_cid_hdr *cid = PJSIP_MSG_CID_HDR(tdata->msg);
    int code = tdata->msg->line.status.code;
    pj_str_t id;

    if (!door.taking || code < 300 || cseq == NULL || cid == NULL ||
        cseq->method.id != PJSIP_INVITE_METHOD)
        return PJ_SUCCESS;
    id = call_id_of(cid);
    if (id.slen == taken.length && memcmp(id.ptr, taken.call_id, (size_t)id.slen) == 0) {
        door.taking = 0;
        door_refused(&taken.source, &cseq->method.name, code,
            code == PJSIP_SC_NOT_ACCEPTABLE_HERE ? DOOR_NO_CODEC : DOOR_STACK);
    }
    return PJ_SUCCESS;
}

/* After the transaction layer: what it has a transaction for (a repeated INVITE) does not come here. */
static pjsip_module module = { NULL, NULL, { "mod-acd-door", 12 }, -1, PJSIP_MOD_PRIORITY_TSX_LAYER + 1,
    NULL, NULL, NULL, NULL, &on_rx_request, NULL, NULL, &on_tx_response, NULL };

/* PJSIP's list of what it can do, with our values instead; it has no function that takes one out. */
static pjsip_generic_array_hdr *capability(int type, const char **values, unsigned count)
{
    pjsip_generic_array_hdr *header =
        (pjsip_generic_array_hdr*)pjsip_endpt_get_capability(endpoint, type, NULL);
    unsigned i;

    for (i = 0; header != NULL && i < count; i++)
        header->values[i] = pj_str((char*)values[i]);
    if (header != NULL)
        header->count = count;
    return header;
}

static void add(pjsip_hdr *list, pj_pool_t *pool, const void *header)
{
    pj_list_push_back(list, pjsip_hdr_clone(pool, header));
}

pj_status_t door_open_requests(pjsip_endpoint *wanted, pj_pool_t *pool)
{
    pj_str_t retry = { "Retry-After", 11 }, seconds = { retry_text, 0 };
    pj_str_t events = { "Allow-Events", 12 }, refer = { "refer", 5 };

    endpoint = wanted;
    allow_header = capability(PJSIP_H_ALLOW, METHODS, PJ_ARRAY_SIZE(METHODS));
    supported_header = capability(PJSIP_H_SUPPORTED, EXTENSIONS, PJ_ARRAY_SIZE(EXTENSIONS));
    if (allow_header == NULL || supported_header == NULL)
        return PJ_ENOTFOUND;
    pj_list_init(&retry_list);
    pj_list_init(&allow_list);
    pj_list_init(&events_list);
    pj_list_init(&options_list);
    pjsip_generic_string_hdr_init(pool, &retry_header, &retry, &seconds);
    retry_header.hvalue.ptr = retry_text;
    pj_list_push_back(&retry_list, &retry_header);
    pjsip_generic_string_hdr_init(pool, &events_header, &events, &refer);
    pj_list_push_back(&events_list, &events_header);
    add(&allow_list, pool, allow_header);
    add(&options_list, pool, allow_header);
    add(&options_list, pool, supported_header);
    add(&options_list, pool, pjsip_endpt_get_capability(endpoint, PJSIP_H_ACCEPT, NULL));
    module.id = -1;
    module.prev = module.next = NULL;
    return pjsip_endpt_register_module(endpoint, &module);
}

void door_close_requests(pjsip_endpoint *wanted)
{
    pjsip_endpt_unregister_module(wanted, &module);
}
