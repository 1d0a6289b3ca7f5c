#include "unit.h"

#include "core/core.h"

#define USERS 5

static struct core core;
static struct presence presences[USERS];
static struct buf told;		/* what the process was told, and what was seen */

static void
entered(void *arg, const struct presence *p)
{
	(void)arg;
	buf_addf(&told, "+%llu ", (unsigned long long)p->serial);
}

static void
left(void *arg, const struct presence *p)
{
	(void)arg;
	buf_addf(&told, "-%llu ", (unsigned long long)p->serial);
}

static const struct core_ops ops = { .entered = entered, .left = left };

static void
describe(const void *owner, struct presence_facts *out)
{
	out->user = slice_of(owner);
}

static const struct presence_ops presence_events = { .describe = describe };

static void
enter(size_t i, char *user)
{
	presence_enter(&presences[i], &core, &presence_events, user);
}

static void
setup(void)
{
	core = (struct core){ .ops = &ops };
	memset(presences, 0, sizeof(presences));
	buf_init(&told, 1000);
}

static void
teardown(void)
{
	buf_free(&told);
}

START_TEST(the_process_is_told_of_each_once)
{
	enter(0, "ann");
	enter(1, "bob");
	presence_leave(&presences[0], &core);
	presence_leave(&presences[0], &core);
	presence_leave(&presences[2], &core);	/* was never in */
	enter(0, "ann");
	assert_slice(buf_slice(&told), SL("+1 +2 -1 +3 "));
	ck_assert_uint_eq(core.presence_count, 2);
}
END_TEST

static void
see(void *arg, const struct presence_facts *facts)
{
	(void)arg;
	buf_addf(&told, "%.*s/%llu ", SL_FMT(facts->user),
		 (unsigned long long)facts->serial);
}

START_TEST(they_are_listed_page_by_page)
{
	uint64_t from = 0;

	enter(0, "ann");
	enter(1, "bob");
	enter(2, "cid");
	enter(3, "dan");
	enter(4, "eve");
	buf_clear(&told);
	ck_assert(presence_each(&core, &from, 2, see, NULL));
	assert_slice(buf_slice(&told), SL("ann/1 bob/2 "));
	/* Meanwhile some go, and one comes back. */
	presence_leave(&presences[1], &core);
	presence_leave(&presences[2], &core);
	enter(2, "cid");
	buf_clear(&told);
	ck_assert(presence_each(&core, &from, 2, see, NULL));
	assert_slice(buf_slice(&told), SL("dan/4 eve/5 "));
	buf_clear(&told);
	ck_assert(!presence_each(&core, &from, 2, see, NULL));
	assert_slice(buf_slice(&told), SL("cid/6 "));
}
END_TEST

Suite *
suite_presence(void)
{
	Suite *suite = suite_create("presence");
	TCase *all = tcase_create("presence");

	tcase_add_checked_fixture(all, setup, teardown);
	tcase_add_test(all, the_process_is_told_of_each_once);
	tcase_add_test(all, they_are_listed_page_by_page);
	suite_add_tcase(suite, all);
	return suite;
}
