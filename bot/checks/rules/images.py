"""The rules of the images check."""

from __future__ import annotations

from bot.checks.rules import Rule

RULES = (
    Rule(
        "images/latest",
        "An image without version",
        "A container, init container, ephemeral container or image volume names an image without tag or digest, or with the "
        "tag `latest`; so do the values that a chart of a registry or of another Git repository gets: of a HelmRelease or "
        "an Application, of their values files in this repository, and of a ConfigMap that a release names. An error in "
        "production, a warning elsewhere. Images that a Skaffold file beside or above the unit builds are left alone.",
        "What runs depends on when and where a pod starts: two pods of one workload can differ, a restart can bring a new "
        "version in, and going back to the old manifest does not bring the old version back.",
        "Name a version and its digest: `registry/name:1.42.0@sha256:…`. Where a pipeline puts the image in place that "
        "Gatehouse cannot know of, waive it for those objects.",
        "image: registry.example/shop/web",
    ),
    Rule(
        "images/not-pinned",
        "An image without digest",
        "An image has a tag and no digest. A warning in production, only for information elsewhere. Another place of an "
        "image that the unit ran so before is an existing finding.",
        "A tag is a name that its owner can move: the same manifest runs something else tomorrow, and what was tested in "
        "one environment need not be what another one gets.",
        "Add the digest behind the tag: the tag is for people, the digest is what runs.",
        "image: registry.example/shop/web:1.42.0",
    ),
    Rule(
        "images/invalid",
        "A text that is no image reference",
        "The image of a container cannot be read as a reference: upper case in the name, spaces, a bad digest, a "
        "placeholder that nobody replaced. Variables of Flux and of templates are left alone.",
        "The pod is created and never starts.",
        "Write `registry/name:tag@sha256:…`; if a placeholder is meant to be replaced, look why nothing replaced it.",
    ),
    Rule(
        "images/digest-differs",
        "One tag, two digests",
        "The same repository and tag stand with different digests in one unit, or in two environments of one application: "
        "those that the change affects, and the one before production where production gets another image. Names that "
        "differ in that of their environment alone (`orders-prod`, `orders-staging`) are one application.",
        "Either the image was built twice under one name, or one of the digests is not what its tag says. Whoever compares "
        "environments by their tags is misled.",
        "Use the same digest in both places, or give the rebuilt image its own tag.",
    ),
    Rule(
        "images/tag-differs",
        "One digest, two tags",
        "Two containers of one unit have the same repository and digest under different tags.",
        "The digest is what runs. One of the two tags was changed, or left, without it.",
        "Take tag and digest of each container from the same image.",
    ),
    Rule(
        "images/tag-without-digest",
        "The tag moves, the digest does not",
        "The change gives a container another tag and leaves its digest.",
        "Nothing changes but the label: the old image runs on, while everybody reads the new version.",
        "Look up the digest of the new tag and write it there as well.",
    ),
    Rule(
        "images/promotion-order",
        "Production is not behind the environment before it",
        "A production unit gets an image that the environment before it did not run at the merge base: it gets it at the "
        "same moment, or runs another one (also one of another repository, where both had the same). Silent where "
        "production ran it already in another cluster. Applications whose "
        "names differ in that of their environment alone (`orders-prod`, `orders-staging`) are one, and so is what has no "
        "name of its own in such paths (`overlays/prod`, `overlays/staging`). Where the "
        "application is new in both (as a unit, or as an object of one), it is only told (`info`): there was no version to "
        "promote. A digest behind the tag that production runs already is no other version.",
        "Production is where the image runs for the first time; no smoke test and no bake time stands between a mistake and "
        "its users.",
        "Change the environment before, let it run, then promote the same digest.",
    ),
)
