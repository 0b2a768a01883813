/* Requests that need no transaction: refused, or answered, before PJSIP has spent memory on them. */
#include "answers.h"
#include <pjsip_ua.h>
#include <pjsip_simple.h>
#include <string.h>

struct door_state door = { -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };

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

/* An offer that nobody can answer needs no call (the warnings: RFC 3261, section 20.43). */
static pj_bool_t offer(pjsip_rx_data *rdata)
{
    if (too_long(rdata->msg_info.msg))
        return door_not_acceptable(rdata, "399 acd \"Too many media lines\"", DOOR_MEDIA);
    if (door_offered == DOOR_IPV6_AUDIO)
        return door_not_acceptable(rdata, "300 acd \"Incompatible network protocol\"", DOOR_IPV6);
    if (door_offered == DOOR_NO_AUDIO)
        return door_not_acceptable(rdata, "304 acd \"Media type not available\"", DOOR_NO_RTP);
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
        return door_busy(rdata, (unsigned)door.closed_for, DOOR_CLOSED);
    if (counted != NULL && !door_take_setup(counted))
        return door_busy(rdata, door.retry_after, DOOR_RATE);
    if (counted != NULL && door.half_open && counted->half_open >= door.half_open)
        return door_busy(rdata, door.retry_after, DOOR_HALF_OPEN);
    if (counted != NULL && door.calls && counted->calls >= door.calls)
        return door_busy(rdata, door.retry_after, DOOR_CALLS);
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
        return door_drop(rdata);
    if (method->id == PJSIP_INVITE_METHOD && !(rights & DOOR_CALL))
        return door_refuse(rdata, PJSIP_SC_FORBIDDEN, DOOR_FORBIDDEN, NULL);
    if (is(method, "SUBSCRIBE"))
        return door_refuse(rdata, PJSIP_SC_BAD_EVENT, DOOR_EVENT, &door_events);
    if (is(method, "NOTIFY") || method->id == PJSIP_BYE_METHOD || is(method, "INFO") ||
        is(method, "UPDATE") || is(method, "PRACK"))
        return door_refuse(rdata, PJSIP_SC_CALL_TSX_DOES_NOT_EXIST, DOOR_NO_DIALOG, NULL);
    if (method->id != PJSIP_INVITE_METHOD && method->id != PJSIP_OPTIONS_METHOD)
        return door_refuse(rdata, PJSIP_SC_METHOD_NOT_ALLOWED, DOOR_METHOD, &door_allow);
    if (bad_route(rdata))
        return door_refuse(rdata, PJSIP_SC_BAD_REQUEST, DOOR_ROUTE, NULL);
    if (insecure(rdata))
        return door_refuse(rdata, PJSIP_SC_UNSUPPORTED_URI_SCHEME, DOOR_SCHEME, NULL);
    if ((header = door_unsupported(rdata)) != NULL)
        return door_bad_extension(rdata, header);
    if (method->id == PJSIP_INVITE_METHOD) {
        if (new_call(rdata, counted))
            return PJ_TRUE;
        let_in(rdata);
        return PJ_FALSE;
    }
    if (door.closed_for >= 0)           /* a proxy that asks whether we are well sends its calls elsewhere */
        return door_busy(rdata, (unsigned)door.closed_for, DOOR_CLOSED);
    return door_answer(rdata, PJSIP_SC_OK, &door_options);
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
        return door_answer(rdata, PJSIP_SC_CALL_TSX_DOES_NOT_EXIST, NULL);
    if (method->id != PJSIP_INVITE_METHOD && !door_bound(call->dlg))
        return door_drop(rdata);
    if (is(method, "SUBSCRIBE"))
        return door_answer(rdata, PJSIP_SC_BAD_EVENT, &door_events);
    if (is(method, "NOTIFY"))
        return subscribed ? PJ_FALSE : door_answer(rdata, PJSIP_SC_CALL_TSX_DOES_NOT_EXIST, NULL);
    if (method->id == PJSIP_OPTIONS_METHOD)
        return door_answer(rdata, PJSIP_SC_OK, &door_options);
    if (method->id != PJSIP_INVITE_METHOD && !is(method, "INFO") && !is(method, "UPDATE") &&
        !is(method, "PRACK") && !is(method, "REFER"))
        return door_answer(rdata, PJSIP_SC_METHOD_NOT_ALLOWED, &door_allow);
    if ((header = door_unsupported(rdata)) != NULL)
        return door_bad_extension(rdata, header);
    return offer(rdata);
}

/* A dialog of ours without a call is a subscription to a phone. */
static pj_bool_t in_subscription(pjsip_rx_data *rdata, pjsip_dialog *dialog)
{
    const pjsip_method *method = &rdata->msg_info.msg->line.req.method;

    if (!door_bound(dialog))
        return door_drop(rdata);
    if (is(method, "NOTIFY"))
        return PJ_FALSE;
    if (is(method, "SUBSCRIBE"))
        return door_answer(rdata, PJSIP_SC_BAD_EVENT, &door_events);
    if (method->id == PJSIP_OPTIONS_METHOD)
        return door_answer(rdata, PJSIP_SC_OK, &door_options);
    return door_answer(rdata, PJSIP_SC_METHOD_NOT_ALLOWED, &door_allow);
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
        return door_drop(rdata);
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

pj_status_t door_open_requests(pjsip_endpoint *endpoint, pj_pool_t *pool)
{
    pj_status_t status = door_open_answers(endpoint, pool);

    if (status != PJ_SUCCESS)
        return status;
    module.id = -1;
    module.prev = module.next = NULL;
    return pjsip_endpt_register_module(endpoint, &module);
}

void door_close_requests(pjsip_endpoint *wanted)
{
    pjsip_endpt_unregister_module(wanted, &module);
}
