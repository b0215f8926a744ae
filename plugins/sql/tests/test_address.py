"""Which driver is called and what it is told, by URL. No connection is made."""

import ssl

import pytest

from dayzero.errors import ConfigurationError, SourceError
from dayzero_sql import SqlSettings, address
from dayzero_sql.address import address_of
from dayzero_sql.databases import DATABASES

FAR = "db.school.example"


@pytest.fixture(params=[True, False], ids=["with ADBC", "without ADBC"])
def adbc(request, monkeypatch):
    monkeypatch.setattr(address, "find_spec", lambda name: object() if request.param else None)
    return request.param


def test_postgresql_comes_in_columns_where_adbc_is_installed(adbc):
    assert address_of(SqlSettings(url=f"postgresql://u@{FAR}/sis")).columnar is adbc
    assert address_of(SqlSettings(url=f"postgresql+adbc://u@{FAR}/sis")).columnar
    assert not address_of(SqlSettings(url=f"postgresql+psycopg://u@{FAR}/sis")).columnar


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("mysql://u@h/sis", "mysql+pymysql"),
        ("mariadb://u@h/sis", "mariadb+pymysql"),
        ("mssql://u@h/sis", "mssql+pyodbc"),
        ("oracle://u@h/?service_name=sis", "oracle+oracledb"),
        ("postgresql+psycopg://u@h/sis", "postgresql+psycopg"),
    ],
)
def test_a_url_without_driver_gets_the_one_we_know(url, driver):
    assert address_of(SqlSettings(url=url, tls="off")).url.drivername == driver


def query(url, **settings):
    return dict(address_of(SqlSettings(url=url, **settings)).url.query)


def test_a_server_elsewhere_is_verified_and_this_machine_is_left_alone(tmp_path):
    far, near = f"postgresql://u@{FAR}/sis", "postgresql://u@127.0.0.1/sis"
    ca = tmp_path / "ca.pem"
    assert query(far)["sslmode"] == "verify-full"
    assert query(far)["sslrootcert"] == "system"
    assert query(far, tls_ca=ca)["sslrootcert"] == str(ca)
    assert query(far, tls="require")["sslmode"] == "require"
    assert "sslmode" not in query(near)
    assert query(near, tls="verify")["sslmode"] == "verify-full"
    assert query(f"{far}?sslmode=prefer")["sslmode"] == "prefer"
    assert query(f"postgresql://u@/sis?host={FAR}")["sslmode"] == "verify-full"
    assert "sslmode" not in query("postgresql://u@/sis?host=/run/postgresql")


def test_mariadb_is_handed_a_context():
    connect = address_of(SqlSettings(url=f"mariadb://u@{FAR}/sis")).connect
    assert connect["ssl"].verify_mode == ssl.CERT_REQUIRED
    assert connect["ssl"].check_hostname
    required = address_of(SqlSettings(url=f"mariadb://u@{FAR}/sis", tls="require")).connect
    assert required["ssl"].verify_mode == ssl.CERT_NONE
    assert address_of(SqlSettings(url=f"mariadb://u@{FAR}/sis", tls="off")).connect["ssl_disabled"]


def test_sql_server_and_oracle_are_told_in_their_own_words():
    assert query(f"mssql://u@{FAR}/sis")["Encrypt"] == "yes"
    assert query(f"mssql://u@{FAR}/sis")["TrustServerCertificate"] == "no"
    assert query(f"mssql://u@{FAR}/sis", tls="require")["TrustServerCertificate"] == "yes"
    oracle = address_of(SqlSettings(url=f"oracle://u@{FAR}/?service_name=sis")).connect
    assert oracle["dsn"] == f"tcps://{FAR}:2484/sis"
    assert oracle["ssl_server_dn_match"] is True


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"url": f"mssql+pymssql://u@{FAR}/sis"}, "cannot be told to the driver pymssql"),
        ({"url": f"postgresql://u@{FAR}/sis", "tls_cert": "c.pem"}, "tls_cert"),
        ({"url": f"postgresql://u:p@{FAR}/sis", "password": "q"}, "password both"),
        ({"url": f"oracle://u@{FAR}/sid"}, "needs the name of a service"),
        ({"url": "no url at all"}, "no SQLAlchemy URL"),
        ({"url": f"postgresql://u@{FAR}/sis", "statement_timeout": -1}, "below 0"),
        ({}, "either `path` or `url`"),
    ],
)
def test_what_cannot_be_is_refused(settings, said):
    with pytest.raises(ConfigurationError, match=said):
        address_of(SqlSettings(**settings))


def test_the_password_is_put_in_and_never_shown():
    found = address_of(SqlSettings(url=f"postgresql://u@{FAR}/sis", password="s3c@ret"))
    assert found.url.password == "s3c@ret"
    assert "s3c" not in found.shown
    assert "s3c" not in repr(SqlSettings(password="s3c@ret"))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SourceError, match=r"gone\.sqlite: no such file"):
        address_of(SqlSettings(path=tmp_path / "gone.sqlite"))


def test_every_server_reads_only_or_says_why_not():
    for name, database in DATABASES.items():
        begin = " ".join((*database.begin, *database.snapshot)).upper()
        assert name == "mssql" or "READ ONLY" in begin or "QUERY_ONLY" in begin
        assert name == "sqlite" or database.limit or database.limit_attribute
