/* Lines and words of a text, read, and others written into a bounded place. */
#include "text.h"
#include <string.h>

void text_put(struct text *out, const pj_str_t *what)
{
    if (out->end - out->at < what->slen) {
        out->full = 1;
        return;
    }
    memcpy(out->at, what->ptr, (size_t)what->slen);
    out->at += what->slen;
}

void text_say(struct text *out, const char *what)
{
    pj_str_t text = { (char*)what, (pj_ssize_t)strlen(what) };
    text_put(out, &text);
}

int text_next_line(pj_str_t *rest, pj_str_t *line)
{
    char *newline;

    if (rest->slen <= 0)
        return 0;
    newline = memchr(rest->ptr, '\n', (size_t)rest->slen);
    line->ptr = rest->ptr;
    line->slen = newline ? newline - rest->ptr : rest->slen;
    rest->slen -= line->slen + (newline != NULL);
    rest->ptr += line->slen + (newline != NULL);
    while (line->slen > 0 && (line->ptr[line->slen - 1] == '\r' || line->ptr[line->slen - 1] == ' '))
        line->slen--;
    return 1;
}

int text_next_word(pj_str_t *rest, pj_str_t *word)
{
    while (rest->slen > 0 && *rest->ptr == ' ')
        rest->ptr++, rest->slen--;
    word->ptr = rest->ptr;
    word->slen = 0;
    while (rest->slen > 0 && *rest->ptr > ' ' && *rest->ptr < 127)
        rest->ptr++, rest->slen--, word->slen++;
    return word->slen > 0;
}

int text_is_number(const pj_str_t *text, int digits)
{
    pj_ssize_t i;

    for (i = 0; i < text->slen; i++)
        if (!pj_isdigit((unsigned char)text->ptr[i]))
            return 0;
    return text->slen > 0 && text->slen <= digits;
}

int text_is_name(const pj_str_t *text, const char *more)
{
    pj_ssize_t i;

    for (i = 0; i < text->slen; i++)
        if (!pj_isalnum((unsigned char)text->ptr[i]) && strchr(more, text->ptr[i]) == NULL)
            return 0;
    return text->slen > 0;
}

int text_begins(const pj_str_t *line, const char *with)
{
    return line->slen >= (pj_ssize_t)strlen(with) && memcmp(line->ptr, with, strlen(with)) == 0;
}

pj_str_t text_after(const pj_str_t *line, const char *with)
{
    pj_str_t rest = { line->ptr + strlen(with), line->slen - (pj_ssize_t)strlen(with) };
    return rest;
}

void text_say_line(struct text *out, const pj_str_t *line)
{
    if (line->slen) {
        text_put(out, line);
        text_say(out, "\r\n");
    }
}
