/* The event loop of a process, over libevent.

   One loop a process, one thread, no locks. Callbacks run one after the other;
   what one of them wants done after the present turn (freeing the object it was
   called for, say) it hands to loop_later(). */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

#include <event2/event_struct.h>
#include <stdbool.h>
#include <stdint.h>

struct loop;

enum loop_want {
	WANT_NOTHING = 0,
	WANT_READ = 1,
	WANT_WRITE = 2,
};

/* Interest in a descriptor. Embedded in its owner, which must stop it before it
   goes or closes the descriptor. */
struct loop_watch {
	struct event ev;
	void (*ready)(void *arg, unsigned wants);
	void *arg;
	unsigned poked;		/* not yet heard */
};

/* A single shot in the future. Embedded in its owner, as above. */
struct loop_timer {
	struct event ev;
	void (*fire)(void *arg);
	void *arg;
};

/* Something to be done once the present turn is over. Embedded in its owner; in
   the list at most once. */
struct loop_task {
	struct loop_task *next;
	void (*run)(void *arg);
	void *arg;
	bool queued;
};

struct loop *loop_make(void);
/* Takes a pointer to your pointer. All watches and timers must be stopped. */
void loop_free(struct loop **loop);

/* Runs until loop_stop(). */
void loop_run(struct loop *loop);
/* Waits for and runs one turn. */
void loop_turn(struct loop *loop);
void loop_stop(struct loop *loop);

/* Nothing is watched until loop_watch_want() says what for. */
void loop_watch_init(struct loop_watch *w, struct loop *loop, int fd,
		     void (*ready)(void *arg, unsigned wants), void *arg);
/* wants is a set of enum loop_want; cheap when nothing changes. An error or
   hang-up of the descriptor comes as all that is wanted. */
void loop_watch_want(struct loop_watch *w, unsigned wants);
/* Calls ready(arg, wants) in the next turn though the descriptor is silent: for
   octets that a layer above it already holds. What is no longer wanted by then
   is not called for. */
void loop_watch_poke(struct loop_watch *w, unsigned wants);
void loop_watch_stop(struct loop_watch *w);

void loop_timer_init(struct loop_timer *t, struct loop *loop,
		     void (*fire)(void *arg), void *arg);
/* Fires once, ms from now; starting it again moves it. */
void loop_timer_start(struct loop_timer *t, int64_t ms);
void loop_timer_stop(struct loop_timer *t);
bool loop_timer_runs(const struct loop_timer *t);

/* Has no effect if the task already waits. Tasks queued by tasks run in the
   same gap between two turns. To be called from a callback, a task, a hook, or
   before loop_run(). */
void loop_later(struct loop *loop, struct loop_task *task);
/* Takes the task out of the list if it is there. */
void loop_forget(struct loop *loop, struct loop_task *task);

/* Called after the tasks of every turn, before waiting again: where buffered
   output of a whole turn goes out at once. At most LOOP_HOOKS of them. */
#define LOOP_HOOKS 4
void loop_each_turn(struct loop *loop, void (*hook)(void *arg), void *arg);

/* A signal as an event of the loop. Lives as long as the loop. */
void loop_on_signal(struct loop *loop, int signal_number,
		    void (*fire)(void *arg, int signal_number), void *arg);

/* For the HTTP server of the admin room, which is libevent's own. */
struct event_base *loop_event_base(struct loop *loop);

#endif
