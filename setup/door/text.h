/* Lines and words of a text, read, and others written into a bounded place. Nothing ends in a zero byte. */
#ifndef ACD_TEXT_H
#define ACD_TEXT_H

#include <pjlib.h>

/* Where text is written; `full` where something had no room. */
struct text {
    char *at, *end;
    int full;
};

void text_put(struct text *out, const pj_str_t *what);
void text_say(struct text *out, const char *what);
/* The line and its end; nothing for an empty one. */
void text_say_line(struct text *out, const pj_str_t *line);

/* The next line, without its end; 0 where there is none. A bare LF ends a line, too. */
int text_next_line(pj_str_t *rest, pj_str_t *line);
/* The next word of a line, up to a blank; visible ASCII only. 0 where there is none. */
int text_next_word(pj_str_t *rest, pj_str_t *word);
int text_is_number(const pj_str_t *text, int digits);
/* Letters, digits and these. */
int text_is_name(const pj_str_t *text, const char *more);
int text_begins(const pj_str_t *line, const char *with);
/* What follows `with` on a line that begins so. */
pj_str_t text_after(const pj_str_t *line, const char *with);

#endif
