/* Messages between usher's processes: a struct each, and a table that says how
   it is written down.

   A table is made from the same list as its struct (MESSAGE_STRUCT), so the two
   cannot drift. Numbers are little-endian, texts have a length in front. The
   reader trusts nothing: a worker that was taken over must not take its
   supervisor with it. */
#ifndef BASE_MESSAGE_H
#define BASE_MESSAGE_H

#include "base/addr.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/vars.h"

enum message_field_type {
	MESSAGE_BOOL,	/* bool */
	MESSAGE_U32,	/* uint32_t */
	MESSAGE_U64,	/* uint64_t */
	MESSAGE_TEXT,	/* struct slice, any octets */
	MESSAGE_ADDR,	/* struct addr */
	MESSAGE_VARS,	/* struct vars */
};

struct message_field {
	enum message_field_type type;
	size_t at;	/* offset in the struct */
};

/* Texts in *out borrow from in; arrays come from a. False if in is not exactly
   one such message; *out is undefined then. */
bool message_read(const struct message_field *fields, size_t count,
		  struct slice in, struct arena *a, void *out);

/* Appends. False if it does not fit. */
bool message_put(const struct message_field *fields, size_t count,
		  const void *message, struct buf *out);

/* A list looks like this, and its struct and table come from it:

	#define MSG_KICK(F) F(U32, id) F(TEXT, user)
	MESSAGE_STRUCT(msg_kick, MSG_KICK);	in a header
	MESSAGE_TABLE(msg_kick, MSG_KICK);	in one .c file
*/
#define MESSAGE_TYPE_BOOL bool
#define MESSAGE_TYPE_U32 uint32_t
#define MESSAGE_TYPE_U64 uint64_t
#define MESSAGE_TYPE_TEXT struct slice
#define MESSAGE_TYPE_ADDR struct addr
#define MESSAGE_TYPE_VARS struct vars
#define MESSAGE_MEMBER(type, name) MESSAGE_TYPE_##type name;

#define MESSAGE_STRUCT(tag, LIST)                                          \
	struct tag {                                                       \
		LIST(MESSAGE_MEMBER)                                       \
	};                                                                 \
	bool tag##_read(struct slice in, struct arena *a, struct tag *out);\
	bool tag##_put(const struct tag *message, struct buf *out)

#define MESSAGE_ROW(type, name) \
	{ MESSAGE_##type, offsetof(message_self, name) },
#define MESSAGE_TABLE(tag, LIST)                                            \
	static const struct message_field *tag##_rows(size_t *count_out)   \
	{                                                                   \
		typedef struct tag message_self;                            \
		static const struct message_field rows[] = {                \
			LIST(MESSAGE_ROW)                                   \
		};                                                          \
		*count_out = sizeof(rows) / sizeof(rows[0]);                \
		return rows;                                                \
	}                                                                   \
	bool tag##_read(struct slice in, struct arena *a, struct tag *out)  \
	{                                                                   \
		size_t count;                                               \
		const struct message_field *rows = tag##_rows(&count);      \
		return message_read(rows, count, in, a, out);               \
	}                                                                   \
	bool tag##_put(const struct tag *message, struct buf *out)          \
	{                                                                   \
		size_t count;                                               \
		const struct message_field *rows = tag##_rows(&count);      \
		return message_put(rows, count, message, out);              \
	}                                                                   \
	struct tag

#endif
