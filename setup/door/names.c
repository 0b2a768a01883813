/* Host names: PJSIP asks here, Python answers, at once or later. Addresses need nobody. */
#include "door.h"
#include <string.h>

#define TICKETS 1024                    /* questions that wait for their answer */

/* How Python is asked: it answers with door_named, now or later. `transport` is empty where any will do. */
typedef void (*ask_name)(const char *host, int port, const char *transport, unsigned ticket);

struct ticket {
    pjsip_resolver_callback *answer;
    void *token;
};

static struct ticket tickets[TICKETS];
static unsigned next_ticket;
static ask_name ask;

static pjsip_transport_type_e type_of(const char *transport, const pj_sockaddr *address)
{
    pjsip_transport_type_e type = strcmp(transport, "tls") == 0 ? PJSIP_TRANSPORT_TLS :
        strcmp(transport, "tcp") == 0 ? PJSIP_TRANSPORT_TCP : PJSIP_TRANSPORT_UDP;

    return address->addr.sa_family == pj_AF_INET6() ? (pjsip_transport_type_e)(type | PJSIP_TRANSPORT_IPV6) :
        type;
}

static const char *transport_of(const pjsip_host_info *target)
{
    switch (target->type & ~PJSIP_TRANSPORT_IPV6) {
    case PJSIP_TRANSPORT_UDP: return "udp";
    case PJSIP_TRANSPORT_TCP: return "tcp";
    case PJSIP_TRANSPORT_TLS: return "tls";
    default:
        return target->flag & PJSIP_TRANSPORT_SECURE ? "tls" :
            target->flag & PJSIP_TRANSPORT_RELIABLE ? "tcp" : "";
    }
}

static int add(pjsip_server_addresses *found, const char *host, int port, const char *transport)
{
    pjsip_server_address_record *entry = &found->entry[found->count];

    if (found->count == PJSIP_MAX_RESOLVED_ADDRESSES || !door_read_address(host, port, &entry->addr))
        return 0;
    entry->type = type_of(transport, &entry->addr);
    entry->addr_len = (int)pj_sockaddr_get_len(&entry->addr);
    found->count++;
    return 1;
}

static void resolve(pjsip_resolver_t *resolver, pj_pool_t *pool, const pjsip_host_info *target, void *token,
    pjsip_resolver_callback *answer)
{
    const char *transport = transport_of(target);
    int port = target->addr.port ? target->addr.port : strcmp(transport, "tls") == 0 ? 5061 : 5060;
    pjsip_server_addresses found;
    unsigned ticket = ++next_ticket % TICKETS;
    char host[PJ_MAX_HOSTNAME];

    PJ_UNUSED_ARG(resolver);
    PJ_UNUSED_ARG(pool);
    pj_bzero(&found, sizeof found);
    if (target->addr.host.slen >= PJ_MAX_HOSTNAME || tickets[ticket].answer != NULL) {
        (*answer)(PJ_ERESOLVE, token, NULL);
        return;
    }
    pj_memcpy(host, target->addr.host.ptr, target->addr.host.slen);
    host[target->addr.host.slen] = 0;
    if (add(&found, host, port, transport)) {
        int known = !*transport || strcmp(transport, "udp") == 0 || door_find_way(&found.entry[0].addr);
        (*answer)(known ? PJ_SUCCESS : PJ_ERESOLVE, token, &found);
        return;
    }
    tickets[ticket].answer = answer;
    tickets[ticket].token = token;
    ask(host, target->addr.port, transport, ticket);
}

/* Python: `hosts`, `ports` and `transports` are where the asked name leads, best first; none: nowhere. */
void door_named(unsigned ticket, int count, const char **hosts, const int *ports, const char **transports)
{
    struct ticket waiting = tickets[ticket % TICKETS];
    pjsip_server_addresses found;
    int i;

    tickets[ticket % TICKETS].answer = NULL;
    if (waiting.answer == NULL)
        return;
    pj_bzero(&found, sizeof found);
    for (i = 0; i < count; i++)
        add(&found, hosts[i], ports[i], transports[i]);
    (*waiting.answer)(found.count ? PJ_SUCCESS : PJ_ERESOLVE, waiting.token, &found);
}

/* Python, once before the door opens: who is asked for names. */
void door_ask_names(ask_name question)
{
    ask = question;
    memset(tickets, 0, sizeof tickets);
}

pj_status_t door_open_names(pjsip_endpoint *endpoint)
{
    static pjsip_ext_resolver ours = { &resolve };

    return ask == NULL ? PJ_SUCCESS : pjsip_endpt_set_ext_resolver(endpoint, &ours);
}
