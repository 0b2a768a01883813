/* What the door answers by itself, without a transaction, and the headers of these answers. */
#include "answers.h"
#include <string.h>

/* What we understand. They take the place of PJSIP's own lists: the 200 to an INVITE says the same. */
static const char *METHODS[] = { "INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "INFO", "UPDATE", "PRACK",
    "NOTIFY", "REFER" };
static const char *EXTENSIONS[] = { "100rel", "timer" };

static pjsip_endpoint *endpoint;
pjsip_hdr door_allow, door_events, door_options;
static pjsip_hdr retry_list;
static pjsip_generic_string_hdr retry_header, events_header;
static pjsip_generic_array_hdr *allow_header, *supported_header;
static char retry_text[12];

pj_bool_t door_answer(pjsip_rx_data *rdata, int code, const pjsip_hdr *headers)
{
    pjsip_endpt_respond_stateless(endpoint, rdata, code, NULL, headers, NULL);
    return PJ_TRUE;
}

pj_bool_t door_refuse(pjsip_rx_data *rdata, int code, enum door_why why, const pjsip_hdr *headers)
{
    door_refused(&rdata->pkt_info.src_addr, &rdata->msg_info.msg->line.req.method.name, code, why);
    return door_answer(rdata, code, headers);
}

pj_bool_t door_drop(pjsip_rx_data *rdata)
{
    door_refused(&rdata->pkt_info.src_addr, &rdata->msg_info.msg->line.req.method.name, 0,
        DOOR_UNANSWERED);
    return PJ_TRUE;
}

pj_bool_t door_busy(pjsip_rx_data *rdata, unsigned seconds, enum door_why why)
{
    retry_header.hvalue.slen = pj_utoa(seconds, retry_text);
    return door_refuse(rdata, 503, why, &retry_list);
}

static int known(const pj_str_t *extension)
{
    unsigned i;

    for (i = 0; i < PJ_ARRAY_SIZE(EXTENSIONS); i++)
        if (pj_stricmp2(extension, EXTENSIONS[i]) == 0)
            return 1;
    return 0;
}

pjsip_unsupported_hdr *door_unsupported(pjsip_rx_data *rdata)
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

pj_bool_t door_bad_extension(pjsip_rx_data *rdata, pjsip_unsupported_hdr *header)
{
    pjsip_hdr list;

    pj_list_init(&list);
    pj_list_push_back(&list, header);
    return door_refuse(rdata, PJSIP_SC_BAD_EXTENSION, DOOR_EXTENSION, &list);
}

pj_bool_t door_not_acceptable(pjsip_rx_data *rdata, const char *warning, enum door_why why)
{
    pj_str_t name = { "Warning", 7 }, value = { (char*)warning, (pj_ssize_t)strlen(warning) };
    pjsip_hdr list;

    pj_list_init(&list);
    pj_list_push_back(&list, pjsip_generic_string_hdr_create(rdata->tp_info.pool, &name, &value));
    return door_refuse(rdata, PJSIP_SC_NOT_ACCEPTABLE_HERE, why, &list);
}

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

pj_status_t door_open_answers(pjsip_endpoint *wanted, pj_pool_t *pool)
{
    pj_str_t retry = { "Retry-After", 11 }, seconds = { retry_text, 0 };
    pj_str_t events = { "Allow-Events", 12 }, refer = { "refer", 5 };

    endpoint = wanted;
    allow_header = capability(PJSIP_H_ALLOW, METHODS, PJ_ARRAY_SIZE(METHODS));
    supported_header = capability(PJSIP_H_SUPPORTED, EXTENSIONS, PJ_ARRAY_SIZE(EXTENSIONS));
    if (allow_header == NULL || supported_header == NULL)
        return PJ_ENOTFOUND;
    pj_list_init(&retry_list);
    pj_list_init(&door_allow);
    pj_list_init(&door_events);
    pj_list_init(&door_options);
    pjsip_generic_string_hdr_init(pool, &retry_header, &retry, &seconds);
    retry_header.hvalue.ptr = retry_text;
    pj_list_push_back(&retry_list, &retry_header);
    pjsip_generic_string_hdr_init(pool, &events_header, &events, &refer);
    pj_list_push_back(&door_events, &events_header);
    add(&door_allow, pool, allow_header);
    add(&door_options, pool, allow_header);
    add(&door_options, pool, supported_header);
    add(&door_options, pool, pjsip_endpt_get_capability(endpoint, PJSIP_H_ACCEPT, NULL));
    return PJ_SUCCESS;
}
