/* What a dialog's other side can have us keep. PJSIP keeps the transaction of each request that it has answered for
 * 32 s, in case it comes again (RFC 3261, timer J), some 20 kB each: the latest few are enough. */
#include "door.h"
#include <string.h>

#define KEPT 8                          /* answered requests a dialog */
#define BURST 2                         /* seconds' worth of requests */
#define TOKEN 1000

/* Of one dialog, whose requests have their rate, too: those above it get no answer. By UDP they come again, so
 * that the last one, which counts, is taken after all. This lies in the dialog's memory. */
struct bound {
    pjsip_transaction *answered[KEPT];  /* in the order of their answers, oldest first */
    unsigned count;
    pj_uint32_t tokens, refilled;
};

static void on_transaction(pjsip_transaction *transaction, pjsip_event *event);

static pjsip_module module = { NULL, NULL, { "mod-acd-dialogs", 15 }, -1, PJSIP_MOD_PRIORITY_APPLICATION + 1,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, &on_transaction };

static pj_uint32_t now_ms(void)
{
    pj_time_val now;
    pj_gettickcount(&now);
    return (pj_uint32_t)(now.sec * 1000 + now.msec);
}

static struct bound *bound_of(pjsip_dialog *dialog)
{
    struct bound *bound = (struct bound*)dialog->mod_data[module.id];

    if (bound != NULL)
        return bound;
    bound = PJ_POOL_ZALLOC_T(dialog->pool, struct bound);
    bound->tokens = BURST * door.dialog_requests_per_second * TOKEN;
    bound->refilled = now_ms();
    pjsip_dlg_add_usage(dialog, &module, bound);
    return bound;
}

int door_bound(pjsip_dialog *dialog)
{
    struct bound *bound = bound_of(dialog);
    pj_uint32_t now = now_ms(), passed = PJ_MIN(now - bound->refilled, 10000u);

    if (door.dialog_requests_per_second == 0)
        return 1;
    bound->tokens = PJ_MIN(bound->tokens + passed * door.dialog_requests_per_second,
        BURST * door.dialog_requests_per_second * TOKEN);
    bound->refilled = now;
    if (bound->tokens < TOKEN)
        return 0;
    bound->tokens -= TOKEN;
    return 1;
}

static void forget(struct bound *bound, const pjsip_transaction *transaction)
{
    unsigned i;

    for (i = 0; i < bound->count; i++)
        if (bound->answered[i] == transaction) {
            pj_array_erase(bound->answered, sizeof bound->answered[0], bound->count--, i);
            return;
        }
}

static void on_transaction(pjsip_transaction *transaction, pjsip_event *event)
{
    pjsip_dialog *dialog = pjsip_tsx_get_dlg(transaction);
    struct bound *bound = dialog ? (struct bound*)dialog->mod_data[module.id] : NULL;
    pjsip_transaction *oldest;

    PJ_UNUSED_ARG(event);
    if (bound == NULL || transaction->role != PJSIP_ROLE_UAS || transaction->method.id == PJSIP_INVITE_METHOD)
        return;
    forget(bound, transaction);
    if (transaction->state != PJSIP_TSX_STATE_COMPLETED)
        return;
    if (bound->count == KEPT) {
        oldest = bound->answered[0];
        forget(bound, oldest);          /* first: its end is told here, too */
        pjsip_tsx_terminate(oldest, PJSIP_SC_OK);
    }
    bound->answered[bound->count++] = transaction;
}

pj_status_t door_open_dialogs(pjsip_endpoint *endpoint)
{
    module.id = -1;
    module.prev = module.next = NULL;
    return pjsip_endpt_register_module(endpoint, &module);
}

void door_close_dialogs(pjsip_endpoint *endpoint)
{
    pjsip_endpt_unregister_module(endpoint, &module);
}
