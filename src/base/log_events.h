/* Every event usher can log. The text is the line's first part as Dovecot words
   it; {name} is one of the event's fields, {name?a|b} writes a, the field and b
   only if it has a value. Fields that the text does not name follow as
   "name=value". The last column is the manual's.

   doc/events.md is made from this list. */
#ifndef BASE_LOG_EVENTS_H
#define BASE_LOG_EVENTS_H

/*	  id              event name           level        text  what the manual says */
#define LOG_EVENTS(X) \
	X(LOG_DROPPED,    "log.dropped",       LEVEL_WARN, \
	  "Log lines were lost: nobody took them", \
	  "The log's reader (a pipe, the journal, syslogd) was too slow or gone. " \
	  "usher drops lines rather than make mail wait for the log.") \
	X(NOTE_ERROR,     "note.error",        LEVEL_ERROR, "{what}", \
	  "Something without an event of its own failed; the text says what.") \
	X(NOTE_WARN,      "note.warn",         LEVEL_WARN,  "{what}", \
	  "The same, where usher can go on.") \
	X(NOTE_DEBUG,     "note.debug",        LEVEL_DEBUG, "{what}", \
	  "A detail for those who look closely.")

#endif
