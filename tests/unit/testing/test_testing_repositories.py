from deltaci.testing.repositories import MakeRepository


def test_the_same_steps_give_the_same_commit_ids(git_repo: MakeRepository) -> None:
    def build() -> list[str]:
        repository = git_repo({"a.txt": "one\n", "b/c.bin": b"\x00"})
        return [repository.head, repository.commit({"a.txt": "two\n"}), repository.commit()]

    assert build() == build()


def test_none_deletes_a_file(git_repo: MakeRepository) -> None:
    repository = git_repo({"a.txt": "one", "b.txt": "two"})

    repository.commit({"a.txt": None})

    assert repository.git("ls-files") == "b.txt"


def test_a_merge_has_two_parents(git_repo: MakeRepository) -> None:
    repository = git_repo({"a.txt": "one"})
    repository.branch("feature")
    repository.commit({"b.txt": "two"})
    repository.switch("main")
    repository.commit({"c.txt": "three"})

    merge = repository.merge("feature")

    assert len(repository.git("show", "--no-patch", "--format=%P", merge).split()) == 2
