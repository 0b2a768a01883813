/* From and To as they came: an answer has them as the request had (RFC 3261, section 8.2.6.2). PJSIP writes them
 * anew from what it has read: without port, transport, method and maddr, which do not belong there but are
 * written, with other escapes, and always in brackets. */
#include "door.h"
#include <string.h>

/* PJSIP's name and address, printed as the text it was read from; the text is without the header's parameters. */
struct as_came {
    pjsip_name_addr base;
    pj_str_t text;
};

static const pjsip_uri_vptr *original;

static pj_ssize_t print(pjsip_uri_context_e context, const void *uri, char *buffer, pj_size_t size)
{
    const struct as_came *one = (const struct as_came*)uri;

    if (context != PJSIP_URI_IN_FROMTO_HDR)
        return (*original->p_print)(context, uri, buffer, size);
    if ((pj_size_t)one->text.slen >= size)
        return -1;
    memcpy(buffer, one->text.ptr, (size_t)one->text.slen);
    buffer[one->text.slen] = 0;
    return one->text.slen;
}

static const pj_str_t *scheme(const void *uri)
{
    return (*original->p_get_scheme)(uri);
}

static void *inner(void *uri)
{
    return (*original->p_get_uri)(uri);
}

static int compare(pjsip_uri_context_e context, const void *one, const void *other)
{
    return (*original->p_compare)(context, one, other);
}

static void *clone(pj_pool_t *pool, const void *uri);
static const pjsip_uri_vptr own = { &scheme, &inner, &print, &compare, &clone };

static struct as_came *make(pj_pool_t *pool, const pjsip_name_addr *base, const pj_str_t *text)
{
    struct as_came *one = PJ_POOL_ALLOC_T(pool, struct as_came);

    one->base = *base;
    one->base.vptr = (pjsip_uri_vptr*)&own;
    one->text = *text;
    return one;
}

static void *clone(pj_pool_t *pool, const void *uri)
{
    const pjsip_name_addr *base = (const pjsip_name_addr*)(*original->p_clone)(pool, uri);
    pj_str_t text;

    pj_strdup(pool, &text, &((const struct as_came*)uri)->text);
    return make(pool, base, &text);
}

/* Whether a line begins with this header's name; then where its value begins. */
static const char *value_of(const char *line, const char *end, const char *name, char brief)
{
    size_t length = strlen(name);

    if ((size_t)(end - line) > length && pj_ansi_strnicmp(line, name, length) == 0)
        line += length;
    else if (end > line && pj_tolower((unsigned char)*line) == brief)
        line++;
    else
        return NULL;
    while (line < end && (*line == ' ' || *line == '\t'))
        line++;
    return line < end && *line == ':' ? line + 1 : NULL;
}

/* The name and address at the beginning of a value, without blanks around; empty where it is not on one line. */
static pj_str_t name_addr(const char *at, const char *end)
{
    pj_str_t text = { NULL, 0 };
    int quoted = 0, bracketed = 0;

    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    text.ptr = (char*)at;
    for (; at < end && (quoted || bracketed || *at != ';'); at++) {
        if ((unsigned char)*at < ' ' && *at != '\t')
            break;
        if (quoted && *at == '\\' && end - at > 1)
            at++;
        else if (*at == '"' && !bracketed)
            quoted = !quoted;
        else if (!quoted && *at == '<')
            bracketed = 1;
        else if (*at == '>' && bracketed) {
            text.slen = at + 1 - text.ptr;
            return text;
        }
    }
    if (quoted || bracketed || (end - at > 1 && *at < ' ' && (at[1] == ' ' || at[1] == '\t')) ||
        (end - at > 2 && *at == '\r' && (at[2] == ' ' || at[2] == '\t')))
        return text;
    while (at > text.ptr && (at[-1] == ' ' || at[-1] == '\t'))
        at--;
    text.slen = at - text.ptr;
    return text;
}

static void keep(pj_pool_t *pool, pjsip_fromto_hdr *header, const char *at, const char *end)
{
    pjsip_name_addr *base = (pjsip_name_addr*)header->uri;
    pj_str_t text = name_addr(at, end);

    if (text.slen == 0 || base == NULL || base->vptr == (pjsip_uri_vptr*)&own)
        return;
    if (original == NULL)
        original = ((pjsip_name_addr*)pjsip_name_addr_create(pool))->vptr;
    if (base->vptr == original)
        header->uri = (pjsip_uri*)make(pool, base, &text);
}

void door_keep_names(pjsip_rx_data *rdata)
{
    const char *line = rdata->msg_info.msg_buf, *value, *next;
    const char *end = line + rdata->msg_info.len;
    int from = 0, to = 0;

    for (; line < end && !(from && to); line = next) {
        next = memchr(line, '\n', (size_t)(end - line));
        next = next ? next + 1 : end;
        if (*line == '\r' || *line == '\n')
            return;
        if (!from && (value = value_of(line, end, "From", 'f')) != NULL) {
            keep(rdata->tp_info.pool, rdata->msg_info.from, value, end);
            from = 1;
        } else if (!to && (value = value_of(line, end, "To", 't')) != NULL) {
            keep(rdata->tp_info.pool, rdata->msg_info.to, value, end);
            to = 1;
        }
    }
}
