"""A query of the user's own is held to what comes out the same tomorrow, before any table is read."""

import duckdb
import pytest

from banian.errors import BanianError, LabelError, LeakageError, SpecError
from banian.spec import parse_spec
from banian.spec.query import read_query

SHOP = """
shop: s
tables: {{e: {{source: e.csv, time: at, links: {{who: w}}}}, w: {{from: e, key: who}}}}
tasks: {{t: {{for_each: w, label: "SQL('{}', 0, 7d)"}}}}
split: {{valid: 2020-01-01, test: 2020-02-01}}
"""
CALLED = "SELECT who AS key, {} AS value FROM e"


def refuse(query: str) -> BanianError:
    text = SHOP.format(query.replace("'", "''").replace('"', '\\"'))
    with pytest.raises(BanianError) as error:
        parse_spec(text)
    assert error.value.problem.startswith("tasks.t.label: ")
    assert error.value.remedy
    return error.value


def test_what_the_engine_itself_calls_changing_is_refused():
    kinds = "('scalar', 'aggregate')"
    # What takes or makes a moment of a time zone changes with that of the session alone, and that is UTC.
    zones = ("time_bucket", "timezone", "make_timestamptz")
    changing = duckdb.sql(
        "SELECT DISTINCT function_name FROM duckdb_functions() "
        f"WHERE function_type IN {kinds} AND stability <> 'CONSISTENT' "
        f"AND function_name NOT IN {zones} AND parameter_types::TEXT NOT LIKE '%TIME ZONE%' "
        "AND parameter_types::TEXT NOT LIKE '%TIMESTAMPTZ%'"
    ).fetchall()
    assert len(changing) > 20
    for (name,) in changing:
        assert isinstance(refuse(CALLED.format(f"{name}(1)")), SpecError), name


def test_no_table_function_of_the_engine_is_a_declared_table():
    found = duckdb.sql(
        "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type = 'table'"
    ).fetchall()
    for (name,) in found:
        if name != "unnest":
            error = refuse(f"SELECT who AS key, 1 AS value FROM {name}('x')")
            assert isinstance(error, LeakageError | SpecError), name


CALLS = [
    *("random()", "RANDOM()", '"random"()', "pg_catalog.random()", "1 + (SELECT random())"),
    *("uuid()", "gen_random_uuid()", "now()", "today()", "current_date", "CURRENT_TIMESTAMP"),
    *("localtime", "localtimestamp", "age(at)", "ago(INTERVAL 1 DAY)", "nextval('x')"),
    *("setseed(0.5)", "getenv('HOME')", "current_setting('threads')", "getvariable('x')"),
    *("current_user", "current_schema", "session_user", "version()", "pg_sleep(9)", "sleep_ms(9)"),
    *("read_text('x')", "reflect('java.lang.System', 'exit', 0)", "java_method('x', 'y')"),
    *(
        "rand()",
        "list_transform([1], x -> random())",
        "SUM(n) OVER (ORDER BY random())",
        "uuidv7()",
    ),
    *("$1", "?", "query('SELECT 1')", "txid_current()", "input_file_name()"),
]


@pytest.mark.parametrize("call", CALLS)
def test_a_call_that_depends_on_more_than_the_tables_is_refused_by_name(call: str):
    error = refuse(CALLED.format(call))
    assert isinstance(error, SpecError)
    assert "the query calls " in error.problem or "the query has a parameter" in error.problem


REFUSED: dict[str, tuple[type[BanianError], str]] = {
    "SELECT who AS key FROM": (SpecError, "cannot read this SQL"),
    "SELECT 1 AS key, 2 AS value; DROP TABLE e": (SpecError, "this SQL is 2 statements"),
    "": (SpecError, "this SQL is 0 statements"),
    "PRAGMA database_list": (SpecError, "this SQL is no query"),
    "SET threads = 1": (SpecError, "this SQL is no query"),
    "COPY e TO 'x.csv'": (SpecError, "this SQL is no query"),
    "ATTACH 'x.db'": (SpecError, "this SQL is no query"),
    "EXPLAIN SELECT 1": (SpecError, "this SQL is no query"),
    "DELETE FROM e": (SpecError, "this SQL is no query"),
    "SELECT who AS key, n AS value FROM f": (LeakageError, "the query reads f,"),
    "SELECT who AS key, n AS value FROM 'x.csv'": (LeakageError, "the query reads "),
    "SELECT who AS key, n AS value FROM w": (LeakageError, "the query reads w,"),
    "SELECT who AS key, n AS value FROM read_parquet('x')": (LeakageError, "READ_PARQUET"),
    "SELECT who, n FROM e": (LabelError, "the query gives n, who."),
    "SELECT who AS key, SUM(n) FROM e": (LabelError, "the query gives SUM(n), key."),
    "SELECT who AS key, 1 AS value FROM e UNION SELECT 1, random()": (SpecError, "random()"),
    "SELECT 1 AS a, 2 AS value UNION SELECT 3 AS key, 4 AS value": (LabelError, "gives a, value"),
    "SELECT who AS key, n AS value FROM e USING SAMPLE 3": (SpecError, "takes a sample"),
    "SELECT who AS key, n AS value FROM e TABLESAMPLE 10%": (SpecError, "takes a sample"),
    f"SELECT who AS key, {'(' * 3000}1{')' * 3000} AS value FROM e": (SpecError, "cannot read"),
}


@pytest.mark.parametrize(("query", "refusal"), REFUSED.items(), ids=range(len(REFUSED)))
def test_what_is_no_query_of_the_declared_tables_is_refused_before_they_are_read(
    query: str, refusal: tuple[type[BanianError], str]
):
    error = refuse(query)
    assert isinstance(error, refusal[0]), error
    assert refusal[1] in error.problem


TAKEN = [
    CALLED.format("COUNT(*)"),
    "SELECT * FROM (SELECT who AS key, n AS value FROM e)",
    "SELECT COLUMNS('key|value') FROM (SELECT who AS key, n AS value FROM e)",
    "FROM e SELECT who AS key, n AS value",
    "WITH late AS (SELECT * FROM e) SELECT who AS key, age(at, at) AS value FROM late",
    "SELECT asks.key, date_diff('day', asks.cutoff, at) AS value FROM asks JOIN e ON who = asks.key",
    'SELECT who AS key, "current_user" AS value FROM e',
    "SELECT who AS key, e.version AS value FROM e",
    "SELECT key, value FROM e, UNNEST([1, 2]) AS u(value)",
    "SELECT who AS key, hash(n) AS value FROM e ORDER BY 1 LIMIT 3",
]


@pytest.mark.parametrize("query", TAKEN)
def test_other_queries_are_taken(query: str):
    assert read_query(query, {"e"}, "here").sql()


def test_a_query_that_cannot_be_read_is_not_printed(caplog, capfd):
    refuse("EXPLAIN ANALYZE SELECT 'hunter22' AS secret_word")
    captured = capfd.readouterr()
    assert "hunter22" not in captured.out + captured.err + caplog.text


UNORDERED = [
    *("first(n)", "last(n)", "any_value(n)", "arbitrary(n)", "first(n) FILTER (WHERE n > 1)"),
    *("list(n)", "array_agg(n)", "list(n)[1]", "string_agg(n, ',')", "group_concat(n)"),
    *("row_number() OVER ()", "lag(n) OVER (PARTITION BY who)", "first_value(n) OVER w"),
    *("last_value(n) OVER ()", "nth_value(n, 2) OVER ()", "ntile(3) OVER ()", "lead(n) OVER ()"),
    *("first(n) OVER ()", "SUM(n) OVER (ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)"),
    *("ARRAY(SELECT n FROM e)[1]", "(SELECT n FROM e LIMIT 1)", "(SELECT n FROM e OFFSET 1)"),
    "(SELECT DISTINCT ON (who) n FROM e)",
]
ORDERED = [
    *("first(n ORDER BY at)", "any_value(n ORDER BY at) FILTER (WHERE n > 1)", "rank() OVER ()"),
    *("list(n ORDER BY at)[1]", "string_agg(n, ',' ORDER BY at)", "arg_max(n, at)", "max(n)"),
    *("row_number() OVER (ORDER BY at)", "lag(n) OVER v", "first(n) OVER (ORDER BY at)"),
    *("COUNT(*) OVER ()", "SUM(n) OVER (PARTITION BY who)"),
    *("ARRAY(SELECT n FROM e ORDER BY at)[1]", "(SELECT n FROM e ORDER BY at LIMIT 1)"),
    *("EXISTS(SELECT 1 FROM e LIMIT 1)", "listagg(n, ',') WITHIN GROUP (ORDER BY at)", "list"),
    "SUM(n) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)",
    "(SELECT DISTINCT ON (who) n FROM e ORDER BY who, at)",
]
WINDOWS = "SELECT who AS key, {} AS value FROM e WINDOW w AS (PARTITION BY who), v AS (ORDER BY at)"


@pytest.mark.parametrize("value", UNORDERED)
def test_what_depends_on_the_order_of_the_rows_is_refused_with_the_remedy(value: str):
    error = refuse(WINDOWS.format(value))
    assert isinstance(error, SpecError)
    assert "depends on the order of the rows" in error.problem
    assert "ORDER BY" in error.remedy


@pytest.mark.parametrize("value", ORDERED)
def test_what_has_an_order_or_needs_none_is_taken(value: str):
    assert read_query(WINDOWS.format(value), {"e"}, "here").sql()
