/* Who sends: rights, caps and counts of each source, in a table that does not grow. */
#include "door.h"
#include <string.h>

#define SOURCES 8192                    /* a power of two; 44 bytes each */
#define PROBES 8
#define TOKEN 16

enum { FREE, IPV4, IPV6, NET64 };

/* How Python says what an address, as text, may do. */
typedef unsigned (*ask_rights)(const char *address);

static struct door_source sources[SOURCES];
static ask_rights ask;

int door_read_address(const char *text, int port, pj_sockaddr *address)
{
    pj_str_t host = { (char*)text, (pj_ssize_t)strlen(text) };

    pj_bzero(address, sizeof *address);
    address->addr.sa_family = strchr(text, ':') ? pj_AF_INET6() : pj_AF_INET();
    return pj_inet_pton(address->addr.sa_family, &host, pj_sockaddr_get_addr(address)) == PJ_SUCCESS &&
        pj_sockaddr_set_port(address, (pj_uint16_t)port) == PJ_SUCCESS;
}

static pj_uint32_t now_ms(void)
{
    pj_time_val now;
    pj_gettickcount(&now);
    return (pj_uint32_t)(now.sec * 1000 + now.msec);
}

static int key_of(const pj_sockaddr *address, pj_uint32_t key[4])
{
    memset(key, 0, 16);
    if (address->addr.sa_family == pj_AF_INET6()) {
        memcpy(key, &address->ipv6.sin6_addr, 16);
        return IPV6;
    }
    memcpy(key, &address->ipv4.sin_addr, 4);
    return IPV4;
}

static int counts(const struct door_source *source)
{
    return source->half_open || source->calls || source->connections;
}

/* Whether `a` is the better place for a newcomer: free, else without counts, else the longest idle. */
static int better(const struct door_source *a, const struct door_source *b, pj_uint32_t now)
{
    if (a->kind == FREE || b->kind == FREE)
        return b->kind != FREE;
    if (counts(a) != counts(b))
        return counts(b);
    return now - a->refilled > now - b->refilled;
}

static struct door_source *find(int kind, const pj_uint32_t key[4], int make)
{
    pj_uint32_t hash = (key[0] * 2654435761u) ^ (key[1] * 2246822519u) ^ (key[2] * 3266489917u) ^
        (key[3] * 668265263u) ^ (pj_uint32_t)kind;
    pj_uint32_t now = now_ms();
    struct door_source *place = NULL;
    int i;

    for (i = 0; i < PROBES; i++) {
        struct door_source *tried = &sources[((hash ^ hash >> 16) + i) & (SOURCES - 1)];
        if (tried->kind == kind && memcmp(tried->key, key, 16) == 0)
            return tried;
        if (place == NULL || better(tried, place, now))
            place = tried;
    }
    if (!make)
        return NULL;
    memset(place, 0, sizeof *place);
    memcpy(place->key, key, 16);
    place->kind = (pj_uint8_t)kind;
    place->generation = door.generation - 1;
    place->setups = door.setups_per_second * TOKEN;
    place->requests = door.requests_per_second * TOKEN;
    place->refilled = now;
    return place;
}

/* A customer's line has a whole IPv6 network of 64 bits, and may take a new address for every packet. */
static struct door_source *counted_at(int kind, const pj_uint32_t key[4], int make)
{
    pj_uint32_t net[4] = { key[0], key[1], 0, 0 };
    return kind == IPV6 ? find(NET64, net, make) : find(kind, key, make);
}

unsigned door_rights(const pj_sockaddr *from, struct door_source **counted)
{
    pj_uint32_t key[4];
    int kind = key_of(from, key);
    struct door_source *source = find(kind, key, 1);
    unsigned rights;

    if (source->generation != door.generation) {
        char text[PJ_INET6_ADDRSTRLEN + 10];
        pj_sockaddr_print(from, text, sizeof text, 0);
        source->rights = ask == NULL ? DOOR_CALL | DOOR_UNCAPPED : (pj_uint8_t)ask(text);
        source->generation = door.generation;
    }
    rights = source->rights;            /* the next look-up may take its place */
    *counted = rights & DOOR_UNCAPPED ? NULL : counted_at(kind, key, 1);
    return rights;
}

static void refill(struct door_source *source)
{
    pj_uint32_t now = now_ms(), passed = PJ_MIN(now - source->refilled, 1000u);
    pj_uint32_t setups = passed * door.setups_per_second * TOKEN / 1000;
    pj_uint32_t requests = passed * door.requests_per_second * TOKEN / 1000;

    if (setups == 0 && requests == 0)   /* too soon: the time is kept until it makes a difference */
        return;
    source->setups = PJ_MIN(source->setups + setups, door.setups_per_second * TOKEN);
    source->requests = PJ_MIN(source->requests + requests, door.requests_per_second * TOKEN);
    source->refilled = now;
}

static int take(pj_uint32_t *tokens)
{
    if (*tokens < TOKEN)
        return 0;
    *tokens -= TOKEN;
    return 1;
}

int door_take_setup(struct door_source *source)
{
    refill(source);
    return door.setups_per_second == 0 || take(&source->setups);
}

int door_take_request(struct door_source *source)
{
    refill(source);
    return door.requests_per_second == 0 || take(&source->requests);
}

/* Python, once before the door opens: who is asked what a source may do. */
void door_ask(ask_rights question)
{
    ask = question;
    memset(sources, 0, sizeof sources);
}

static void add(pj_uint16_t *count, int change)
{
    *count = (pj_uint16_t)PJ_MAX(0, (int)*count + change);
}

/* Python: this source's calls have become so many more or fewer. */
void door_count(const char *address, int half_open, int calls)
{
    struct door_source *source;
    pj_uint32_t key[4];
    pj_sockaddr from;
    int kind;

    if (!door_read_address(address, 0, &from))
        return;
    kind = key_of(&from, key);
    source = counted_at(kind, key, half_open > 0 || calls > 0);
    if (source != NULL) {
        add(&source->half_open, half_open);
        add(&source->calls, calls);
    }
}
