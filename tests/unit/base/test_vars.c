#include "unit.h"

#include "base/vars.h"

START_TEST(a_name_keeps_its_place_and_gets_the_new_value)
{
	struct arena a = { 0 };
	struct vars vars = { 0 };

	vars_set(&vars, &a, SL("one"), SL("1"));
	vars_set(&vars, &a, SL("two"), SL("2"));
	vars_set(&vars, &a, SL("one"), SL("eins"));
	ck_assert_uint_eq(vars.n, 2);
	assert_slice(vars.v[0].name, SL("one"));
	assert_slice(vars.v[0].value, SL("eins"));
	assert_slice(vars.v[1].name, SL("two"));
	arena_free(&a);
}
END_TEST

START_TEST(names_compare_as_they_are)
{
	struct arena a = { 0 };
	struct vars vars = { 0 };

	ck_assert_ptr_null(vars_find(&vars, SL("Name")));
	vars_set(&vars, &a, SL("Name"), SL("x"));
	ck_assert_ptr_null(vars_find(&vars, SL("name")));
	ck_assert_ptr_null(vars_find(&vars, SL("Nam")));
	assert_slice(vars_find(&vars, SL("Name"))->value, SL("x"));
	arena_free(&a);
}
END_TEST

START_TEST(a_long_list_loses_nothing)
{
	struct arena a = { 0 };
	struct vars vars = { 0 };
	char name[8];

	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		vars_set(&vars, &a, slice_of(name), slice_of(name + 1));
	}
	ck_assert_uint_eq(vars.n, 100);
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		assert_slice(vars.v[i].name, slice_of(name));
		assert_slice(vars.v[i].value, slice_of(name + 1));
	}
	arena_free(&a);
}
END_TEST

START_TEST(names_and_values_are_copies)
{
	struct arena a = { 0 };
	struct vars vars = { 0 };
	char name[] = "name", value[] = "value";

	vars_set(&vars, &a, slice_of(name), slice_of(value));
	name[0] = value[0] = 'X';
	assert_slice(vars.v[0].name, SL("name"));
	assert_slice(vars.v[0].value, SL("value"));
	arena_free(&a);
}
END_TEST

Suite *
suite_vars(void)
{
	const TTest *const tests[] = {
		a_name_keeps_its_place_and_gets_the_new_value,
		names_compare_as_they_are,
		a_long_list_loses_nothing,
		names_and_values_are_copies,
	};

	return suite_of("vars", tests, sizeof(tests) / sizeof(tests[0]));
}
