"""README's table of what each network supports says what the code says."""

from bot.model.outcome import Figures
from bot.networks import REGISTRY, network_type
from tests.support_table import README, ROWS, renewed, table


def test_the_table_in_the_readme_is_that_of_the_code() -> None:
    text = README.read_text(encoding="utf-8")
    assert text == renewed(text), "run: uv run python -m tests.support_table"


def test_it_has_a_column_for_each_network_and_a_word_in_each_cell() -> None:
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in table().splitlines()]
    assert lines[0][1:] == [network_type(name).title for name in REGISTRY]
    assert len(lines) == len(ROWS) + 2
    for line in lines[2:]:
        assert len(line) == len(REGISTRY) + 1
        assert all(line)


def test_a_network_says_no_more_of_figures_than_there_are() -> None:
    for name in REGISTRY:
        assert set(network_type(name).abilities.figures) <= set(Figures.__dataclass_fields__)
