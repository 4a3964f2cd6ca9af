"""What holds for all tests."""

from hypothesis import Phase, settings

# How long an example takes is the machine's affair. Examples are not made smaller: a test that runs into its time
# limit would count as one more example that fails, and Hypothesis would go on with smaller ones, without a limit.
settings.register_profile("wardwatch", deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
settings.load_profile("wardwatch")
