/* The door is opened and closed: each part on its own place in PJSIP. */
#include "door.h"
#include <pjsua-lib/pjsua.h>

static pj_pool_t *pool;

/* User parts with bytes above 127: not allowed (RFC 3261, section 25.1), but phones send them, in UTF-8 or
 * Latin-1. PJSIP would drop the whole message without an answer. This is what it reads by; what it writes
 * by stays as it is, so that in our own messages they are escaped. */
static void take_all_user_bytes(void)
{
    pjsip_parser_const_t *parser = (pjsip_parser_const_t*)pjsip_parser_const();

    pj_cis_add_range(&parser->pjsip_USER_SPEC_LENIENT, 128, 256);
}

/* PJSIP signs its Warning headers with this machine's name, which is nobody's business. */
static void hide_name(pjsip_endpoint *endpoint)
{
    *(pj_str_t*)pjsip_endpt_name(endpoint) = pj_str("acd");
}

/* Python, after libInit and before libStart; returns a pj_status_t. */
int door_open(void)
{
    pjsip_endpoint *endpoint = pjsua_get_pjsip_endpt();
    pj_status_t status;

    pool = pjsip_endpt_create_pool(endpoint, "door", 4000, 1000);
    if (pool == NULL)
        return PJ_ENOMEM;
    take_all_user_bytes();
    hide_name(endpoint);
    door_open_connections(endpoint);
    status = door_open_routes(endpoint, pool);
    if (status == PJ_SUCCESS)
        status = door_open_requests(endpoint, pool);
    if (status == PJ_SUCCESS)
        status = door_open_dialogs(endpoint);
    if (status == PJ_SUCCESS)
        status = door_open_names(endpoint);
    return status;
}

/* Python, before libDestroy: the modules go before their memory does. */
void door_close(void)
{
    pjsip_endpoint *endpoint = pjsua_get_pjsip_endpt();

    if (pool == NULL)
        return;
    door_close_requests(endpoint);
    door_close_dialogs(endpoint);
    door_close_routes(endpoint);
    pjsip_endpt_release_pool(endpoint, pool);
    pool = NULL;
}
