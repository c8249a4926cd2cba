"""The snippets and the routing table of the specification ("OCI GenAI models"), as it has them."""

from __future__ import annotations

LAPTOP = """
from locus import Agent
from locus.models import OCIOpenAIModel

model = OCIOpenAIModel(
    model="openai.gpt-5.5",
    profile="DEFAULT",        # any [profile] in ~/.oci/config
)

agent = Agent(model=model, system_prompt="You are concise.")
print(agent.run_sync("hi").message)
"""

WORKLOAD = """
import os
from locus.models import OCIOpenAIModel

model = OCIOpenAIModel(
    model="openai.gpt-5.5",
    auth_type="instance_principal",     # or "resource_principal"
    compartment_id=os.environ["OCI_COMPARTMENT_ID"],
)
"""

RESPONSES = """
from locus.models.providers.oci import OCIResponsesModel

model = OCIResponsesModel(
    model="openai.gpt-5.5-pro",
    profile="DEFAULT",
    region="us-chicago-1",
    compartment_id="ocid1.compartment.oc1..…",
)
"""

ZERO_RETENTION = """
from locus.models.providers.oci import OCIResponsesModel

model = OCIResponsesModel(
    model="openai.gpt-5.5-pro",
    profile="ENTERPRISE_PROFILE",
    region="us-chicago-1",
    compartment_id="ocid1.compartment.oc1..…",
    store=False,  # ZDR-safe
)
"""

COHERE_R = """
from locus.models import OCIModel

model = OCIModel(
    model_id="cohere.command-r-plus-08-2024",
    profile_name="DEFAULT",
    auth_type="api_key",
)
"""

FACTORY = """
from locus.models import get_model

# Uses OCIOpenAIModel
m1 = get_model("oci:openai.gpt-5.5", profile="DEFAULT")

# Uses OCIModel (Cohere R-series)
m2 = get_model("oci:cohere.command-r-plus", profile_name="DEFAULT", auth_type="api_key")
"""

SNIPPETS = {
    "laptop": LAPTOP,
    "workload": WORKLOAD,
    "responses": RESPONSES,
    "zero retention": ZERO_RETENTION,
    "cohere r": COHERE_R,
    "factory": FACTORY,
}

# Family, a model of it, transport, class, endpoint. The page prints /20231130/actions/v1/chat for
# the SDK transport; Oracle's SDK and recordings of the service say /20231130/actions/chat.
V1 = ("v1", "OCIOpenAIModel", "/openai/v1/chat/completions")
SDK = ("sdk", "OCIModel", "/20231130/actions/chat")
ROUTING = [
    ("OpenAI gpt", "openai.gpt-5.5", *V1),
    ("OpenAI o", "openai.o3", *V1),
    ("Meta Llama", "meta.llama-3.3-70b-instruct", *V1),
    ("xAI Grok", "xai.grok-4.3", *V1),
    ("Mistral", "mistral.mistral-large", *V1),
    ("Google Gemini", "google.gemini-2.5-flash", *V1),
    ("Cohere non-R", "cohere.command-a-03-2025", *V1),
    ("Cohere R-series", "cohere.command-r-plus-08-2024", *SDK),
]
RESPONSES_ROW = ("openai.gpt-5.5-pro", "responses", "OCIResponsesModel", "/openai/v1/responses")
