"""What is known of Python's builtins and of common libraries: what changes what, what shares memory, what has effects.

A name that stands in no table is unknown, and unknown means: it may change its arguments, keep them, draw random
numbers, and read or write any file. A row is here only where the library's documentation says so.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Builtins that change none of their arguments; iterators that they consume are seen apart.
PURE_BUILTINS = _words(
    """abs all any ascii bin bool bytes callable chr complex dict divmod enumerate filter float format frozenset
    getattr hasattr hash hex id int isinstance issubclass iter len list map max min object oct ord pow print property
    range repr reversed round set slice sorted str sum tuple type zip bytearray memoryview super staticmethod
    classmethod display input"""
)
#: Builtins whose result is immutable.
SCALAR_BUILTINS = _words(
    """abs all any ascii bin bool bytes callable chr complex divmod float format hash hex id int isinstance
    issubclass len oct ord pow print range repr round slice str hasattr type display"""
)
#: Builtins that make a new container of the elements of their arguments.
CONTAINER_BUILTINS = {
    "list": "list",
    "dict": "dict",
    "set": "set",
    "frozenset": "tuple",
    "tuple": "tuple",
    "sorted": "list",
}
#: Ends of the names of functions that make datasets of TensorFlow.
DATASET_CALLS = (
    "dataset_from_directory",
    "dataset_from_array",
    "tensorflow_datasets.load",
    "tensorflow_datasets.as_numpy",
)
#: Libraries that compute with PyTorch's tensors.
TENSOR_LIBRARIES = _words(
    """torch torchvision torchaudio torchtext torchmetrics torchdata torch_geometric pytorch_lightning lightning fastai skorch
    transformers sentence_transformers timm diffusers accelerate peft datasets kornia captum gpytorch botorch pyro
    pytorch_forecasting pytorch_tabnet pytorch_metric_learning segmentation_models_pytorch monai einops flair stanza
    stable_baselines3 allennlp detectron2 ultralytics torchinfo torchsummary dgl ignite"""
)

#: Libraries with the generator `keras`, which also counts the names that they give to layers.
KERAS_ROOTS = _words(
    "tensorflow keras tf_keras keras_core tensorflow_probability tensorflow_hub keras_tuner keras_nlp keras_cv"
)
#: Families of libraries whose objects are handed over in ways of their own.
FAMILIES = {
    "tensors": TENSOR_LIBRARIES,
    "keras": KERAS_ROOTS,
    "pages": _words("bs4 mechanicalsoup robobrowser"),
    "workbooks": frozenset(["openpyxl"]),
}

#: Functions that make tensors from nothing that has gradients.
TENSOR_CALLS = frozenset(
    f"torch.{name}"
    for name in _words(
        """tensor Tensor FloatTensor DoubleTensor as_tensor from_numpy ones zeros empty full rand randn randint randperm normal
        arange linspace logspace eye ones_like zeros_like empty_like full_like rand_like randn_like autograd.Variable
        nn.Parameter nn.parameter.Parameter"""
    )
)

#: Modules of PyTorch none of whose functions and classes touches a file.
FILELESS_TENSOR_MODULES = _words(
    """torch.nn torch.optim torch.autograd torch.distributions torch.linalg torch.fft torch.special torch.cuda torch.random
    torch.backends torch.amp torch.sparse torch.utils.data torchvision.transforms"""
)
#: Functions of PyTorch itself that do.
TENSOR_FILE_CALLS = _words("torch.save torch.load torch.from_file torch.compile")
#: Attributes of tensors that remember how the tensor was computed.
TENSOR_TRANSPOSES = _words("T mT H mH real imag")
#: Methods of tensors whose result does not.
ENDS_OF_GRADIENTS = _words(
    """detach detach_ item tolist numpy argmax argmin argsort size dim numel nelement new_zeros new_ones new_tensor new_full
    backward eq ne lt le gt ge equal allclose isnan isfinite bool int long sign type"""
)
#: Methods of a network that give the network.
NETWORK_GIVES_ITSELF = _words("to cuda cpu train eval float double half bfloat16 requires_grad_ apply")
#: Classes of `torch.nn` whose objects have parameters of their own.
LAYERS_WITH_PARAMETERS = _words(
    """Linear Bilinear LazyLinear Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d LazyConv2d BatchNorm1d
    BatchNorm2d BatchNorm3d LayerNorm GroupNorm Embedding EmbeddingBag RNN LSTM GRU RNNCell LSTMCell GRUCell PReLU
    MultiheadAttention Transformer TransformerEncoder TransformerDecoder TransformerEncoderLayer TransformerDecoderLayer"""
)

#: What makes a new array of its subscript.
ARRAY_MAKERS = _words("numpy.c_ numpy.r_ numpy.mgrid numpy.ogrid")

#: Builtins that give iterators; each can be pickled in its present state unless its source cannot.
ITERATOR_BUILTINS = _words("enumerate filter iter map reversed zip")
#: Builtins that consume an iterator that is handed to them.
CONSUMING_BUILTINS = _words("all any dict frozenset list max min next set sorted sum tuple")
#: Builtins that make everything reachable by name: the analysis cannot follow.
DYNAMIC_BUILTINS = _words("exec eval globals locals vars dir compile __import__ breakpoint")

#: Kinds of tables: columns and arrays, which hold numbers and texts as a rule.
TABLE_KINDS = _words("DataFrame Series ndarray")
#: Kinds of values that cannot change, so that sharing them is not seen.
IMMUTABLE_KINDS = _words("scalar str module function class library")

#: The kind of what `id` gave of an object that can be stored with it, and of what else differs from process to process: where
#: something is in memory, and hashes.
IDENTITY, ADDRESS = "identity", "address"
#: The kind of a NaN that the notebook makes: lists and dicts find it by identity.
NAN = "nan"
#: Methods of containers that look for what they are given.
SEEKING_METHODS = _words("get pop setdefault index count remove discard __contains__ __getitem__")
#: What `type` gave of an object that is of no class of the notebook.
TYPE = "#type"
#: The kind of what `display` gives, to change later what it shows.
DISPLAY = "display handle"
#: What of IPython's shell reads and binds the notebook's names.
SHELL_NAMES = _words("user_ns user_global_ns ev ex push run_cell run_cell_async safe_execfile drop_by_id del_var")
#: Kinds of keys with which a container keeps an object, whatever the container is.
KEPT_KEYS = frozenset({"instance", IDENTITY, ADDRESS})
#: Builtins that write a number in another way.
TEXT_BUILTINS = _words("ascii bin format hex int oct repr str")

#: The kind of a folder that is deleted when its object goes away.
TEMPORARY = "temporary folder"
#: What makes a file that is deleted when its object goes away, and the same for one that is not.
TEMPORARY_FILE, KEPT_FILE = "tempfile.NamedTemporaryFile", "tempfile.NamedTemporaryFile.kept"

#: Kinds of values that no file can hold.
UNSTORABLE_KINDS = {
    ADDRESS: "what `id` or `hash` gave",
    DISPLAY: "a handle of what a cell of another stage shows",
    "generator": "a generator",
    "file": "an open file",
    "connection": "a database connection",
    "lock": "a lock",
    "thread": "a thread",
    "socket": "a socket",
    "executor": "a pool of workers",
    "thread pool": "a pool of threads",
    "future": "a task of another thread",
    "awaited": "a task that runs while others wait",
    "process": "a running process",
    "weak reference": "a weak reference",
    TEMPORARY: "a temporary folder, which goes away with its process",
    "context variable": "a context variable",
    "event loop": "an event loop",
    "handler": "a logging handler",
    "context": "a stack of open contexts",
    "memoryview": "a memoryview",
    "resampler": "a resampler of a table",
    "memory map": "an array mapped to a file",
    "mock": "a mock",
    "hash": "a running hash",
    "shared table": "a table over another object's memory",
    "array iterator": "an iterator over an array",
    "shell": "a part of IPython's shell",
    "design matrix": "a design matrix of patsy",
    "mapping": "what maps classes to a database's tables",
    "listener": "a function that a figure calls when it changes",
    "opaque": "an object whose library does not store it whole",
    "compiled": "an instance of a class that Numba compiles",
    "units": "a registry of units, or what has its units",
    "dataset": "a dataset of TensorFlow, which computes its elements when it is read",
    "cache": "a function with a cache of its own",
    "namespace": "names that `exec` or `eval` found or bound, with Python's builtins",
    "generic function": "a generic function, with a cache of weak references",
    "compiled key": "a key function that a comparison was made to",
    "decoder": "a decoder of JSON, which has a scanner in C",
    "stale keys": "an object as a key, whose hash has changed since",
    "evaluated": "what `eval` gave, perhaps a function that reads variables when it is called",
}

#: Kinds of objects that may run code of the notebook whenever they go on.
DEFERRED_KINDS = frozenset(UNSTORABLE_KINDS) | {"iterator"}
#: Context managers that restore the settings that are changed below them, each with the family that it may set itself.
RESTORING_CONTEXTS = {
    "warnings.catch_warnings": "warnings.catch_warnings",
    "pandas.option_context": "pandas options",
    "numpy.printoptions": "numpy print options",
    "numpy.errstate": "numpy errors",
    "decimal.localcontext": "decimal context",
    "sklearn.config_context": "scikit-learn configuration",
    "contextlib.redirect_stdout": "sys.stdout",
    "contextlib.chdir": "working directory",
    "torch.random.fork_rng": "torch.random.fork_rng",
    **dict.fromkeys(
        _words(
            """matplotlib.rc_context matplotlib.pyplot.rc_context matplotlib.style.context matplotlib.pyplot.style.context
            seaborn.axes_style seaborn.plotting_context seaborn.color_palette"""
        ),
        "matplotlib rcParams",
    ),
    **dict.fromkeys(
        _words("torch.set_grad_enabled torch.autograd.set_grad_enabled torch.autograd.set_detect_anomaly"), "torch"
    ),
}

#: What makes matrices that remember how they were made, which they refuse to be pickled with.
DESIGN_CALLS = _words("patsy.dmatrices patsy.dmatrix patsy.build_design_matrices")
#: Locks and what has locks: stored as they are where nothing else runs that could hold them.
LOCKS = _words(
    """threading.Lock threading.RLock threading.Event threading.Condition threading.Semaphore threading.BoundedSemaphore
    queue.Queue queue.LifoQueue queue.PriorityQueue joblib.Parallel"""
)
#: Methods of tables and indexes that make an index keep how it finds labels, with pandas 2.3 or 3.1.
LABEL_METHODS = _words(
    """align asof at_time combine combine_first corrwith difference drop drop_duplicates dropna duplicated get get_indexer get_loc
    intersection join lookup merge nunique pivot plot query reindex reindex_like slice_indexer slice_locs stack symmetric_difference
    truncate union unique unstack update xs"""
)
#: What makes a workbook of openpyxl.
WORKBOOK_CALLS = _words(
    "openpyxl.Workbook openpyxl.workbook.Workbook openpyxl.load_workbook openpyxl.reader.excel.load_workbook"
)
#: Library callables whose result no file can hold.
UNSTORABLE_CALLS = {
    "sqlite3.connect": "connection",
    "psycopg2.connect": "connection",
    "pymysql.connect": "connection",
    "duckdb.connect": "connection",
    **dict.fromkeys(_words("peewee.SqliteDatabase peewee.MySQLDatabase peewee.PostgresqlDatabase"), "connection"),
    "sqlalchemy.create_engine": "connection",
    **dict.fromkeys(
        _words(
            """lxml.etree.fromstring lxml.etree.parse lxml.etree.XML lxml.etree.HTML lxml.etree.Element lxml.etree.ElementTree
            lxml.html.fromstring lxml.html.parse lxml.html.document_fromstring lxml.objectify.fromstring lxml.objectify.parse
            runpy.run_path runpy.run_module
            jinja2.Template xgboost.DMatrix xgboost.QuantileDMatrix lightgbm.Dataset catboost.Pool PIL.ImageDraw.Draw
            scipy.sparse.linalg.splu scipy.sparse.linalg.spilu scipy.sparse.linalg.factorized struct.Struct prettytable.PrettyTable
            duckdb.sql duckdb.query duckdb.from_df duckdb.read_csv duckdb.read_parquet numba.typed.List numba.typed.Dict
            polars.SQLContext urllib3.PoolManager http.cookiejar.CookieJar cProfile.Profile sched.scheduler
            flask.Flask fastapi.FastAPI dash.Dash bokeh.plotting.figure bokeh.models.ColumnDataSource
            numpy.broadcast numpy.frompyfunc numpy.ndindex zlib.compressobj zlib.decompressobj bz2.BZ2Compressor bz2.BZ2Decompressor lzma.LZMACompressor
            lzma.LZMADecompressor ctypes.pointer ctypes.byref ctypes.cast ctypes.CDLL ctypes.PyDLL ctypes.cdll.LoadLibrary
            threading.Timer threading.Barrier multiprocessing.Value multiprocessing.Array mmap.mmap numpy.nditer
            random.SystemRandom weakref.WeakValueDictionary weakref.WeakKeyDictionary weakref.WeakSet cv2.VideoCapture
            pyspark.sql.SparkSession pymongo.MongoClient redis.Redis boto3.client boto3.resource boto3.Session openai.OpenAI
            dask.distributed.Client netCDF4.Dataset rasterio.open fiona.open selenium.webdriver.Chrome
            selenium.webdriver.Firefox tensorflow.GradientTape cvxpy.Problem pyarrow.parquet.ParquetFile pyarrow.parquet.ParquetWriter
            rich.console.Console rich.progress.Progress
            cv2.VideoWriter cv2.CascadeClassifier cv2.KeyPoint cv2.ORB_create cv2.SIFT_create cv2.AKAZE_create cv2.BRISK_create
            cv2.BFMatcher cv2.FlannBasedMatcher cv2.createCLAHE cv2.createBackgroundSubtractorMOG2 cv2.SimpleBlobDetector_create
            cv2.FastFeatureDetector_create cv2.ORB.create cv2.SIFT.create torch.jit.script torch.jit.trace torch.jit.load
            xml.etree.ElementTree.XMLParser xml.etree.ElementTree.iterparse secrets.SystemRandom ssl.create_default_context
            ssl.SSLContext pickle.Pickler pickle.Unpickler cloudpickle.Pickler select.poll select.epoll selectors.DefaultSelector
            contextvars.copy_context concurrent.futures.Future http.server.HTTPServer http.client.HTTPConnection
            http.client.HTTPSConnection smtplib.SMTP ftplib.FTP imaplib.IMAP4 urllib.request.urlopen urllib.request.build_opener"""
        ),
        "opaque",
    ),
    "functools.singledispatch": "generic function",
    "sqlalchemy.orm.declarative_base": "mapping",
    "sqlalchemy.ext.declarative.declarative_base": "mapping",
    "sqlalchemy.ext.automap.automap_base": "mapping",
    "sqlalchemy.orm.registry": "mapping",
    "sqlalchemy.orm.sessionmaker": "connection",
    "sqlalchemy.orm.scoped_session": "connection",
    "sqlalchemy.orm.Session": "connection",
    "threading.Lock": "lock",
    "threading.RLock": "lock",
    "threading.Event": "lock",
    "threading.Condition": "lock",
    "threading.Semaphore": "lock",
    "threading.Thread": "thread",
    "threading.local": "thread",
    "IPython.lib.backgroundjobs.BackgroundJobManager": "thread",
    "functools.cmp_to_key": "compiled key",
    "json.JSONDecoder": "decoder",
    "json.decoder.JSONDecoder": "decoder",
    "asyncio.create_task": "awaited",
    "asyncio.ensure_future": "awaited",
    "asyncio.gather": "awaited",
    "asyncio.shield": "awaited",
    "asyncio.Future": "awaited",
    "asyncio.run_coroutine_threadsafe": "awaited",
    "multiprocessing.Lock": "process",
    "multiprocessing.Pool": "executor",
    "multiprocessing.pool.Pool": "executor",
    "multiprocessing.pool.ThreadPool": "executor",
    "multiprocessing.dummy.Pool": "executor",
    "multiprocessing.Queue": "process",
    "concurrent.futures.ThreadPoolExecutor": "executor",
    "concurrent.futures.ProcessPoolExecutor": "executor",
    "queue.Queue": "lock",
    "queue.LifoQueue": "lock",
    "queue.PriorityQueue": "lock",
    "queue.SimpleQueue": "lock",
    "socket.socket": "socket",
    "socket.create_connection": "socket",
    "subprocess.Popen": "process",
    "csv.reader": "generator",
    "csv.DictReader": "generator",
    "csv.writer": "file",
    "csv.DictWriter": "file",
    "os.scandir": "generator",
    "os.walk": "generator",
    "glob.iglob": "generator",
    "io.open": "file",
    "io.TextIOWrapper": "file",
    "io.BufferedReader": "file",
    "io.BufferedWriter": "file",
    "os.fdopen": "file",
    "codecs.open": "file",
    "gzip.open": "file",
    "bz2.open": "file",
    "zipfile.ZipFile": "file",
    "tarfile.open": "file",
    "tempfile.TemporaryFile": "file",
    "os.open": "file",
    "os.pipe": "file",
    "io.FileIO": "file",
    TEMPORARY_FILE: "file",
    KEPT_FILE: "file",
    "h5py.File": "file",
    "pandas.HDFStore": "file",
    "pandas.ExcelWriter": "file",
    "pandas.ExcelFile": "file",
    "shelve.open": "file",
    "tempfile.TemporaryDirectory": TEMPORARY,
    "weakref.ref": "weak reference",
    "weakref.WeakValueDictionary": "weak reference",
    "weakref.WeakKeyDictionary": "weak reference",
    "weakref.WeakSet": "weak reference",
    "weakref.proxy": "weak reference",
    "weakref.finalize": "weak reference",
    "contextvars.ContextVar": "context variable",
    "asyncio.new_event_loop": "event loop",
    "asyncio.get_event_loop": "event loop",
    "re.finditer": "iterator",
    "contextlib.ExitStack": "context",
    **{name: "context" for name in RESTORING_CONTEXTS if not name.startswith(("seaborn.", "torch."))},
    "socket.socketpair": "socket",
    "itertools.tee": "generator",
    **dict.fromkeys(_words("blinker.signal blinker.Signal blinker.Namespace blinker.NamedSignal"), "opaque"),
    "typing.NewType": "opaque",
    "typing.TypedDict": "opaque",
    "typing_extensions.NewType": "opaque",
    "typing_extensions.TypedDict": "opaque",
    **dict.fromkeys(
        _words("unittest.mock.Mock unittest.mock.MagicMock unittest.mock.AsyncMock unittest.mock.patch"), "mock"
    ),
    **dict.fromkeys(
        _words(
            """hashlib.md5 hashlib.sha1 hashlib.sha224 hashlib.sha256 hashlib.sha384 hashlib.sha512 hashlib.new
            hashlib.blake2b hashlib.blake2s hashlib.sha3_256 hashlib.sha3_512 hmac.new"""
        ),
        "hash",
    ),
}

#: What `split` of scikit-learn's splitters gives: pairs of new arrays.
SPLITS = "sklearn.model_selection.split"
#: Functions of libraries that give generators, by library.
GENERATOR_FUNCTIONS = {
    "networkx": _words(
        """adamic_adar_index all_neighbors all_node_cuts all_pairs_all_shortest_paths all_pairs_bellman_ford_path
        all_pairs_bellman_ford_path_length all_pairs_dijkstra all_pairs_dijkstra_path all_pairs_dijkstra_path_length
        all_pairs_lowest_common_ancestor all_pairs_shortest_path all_pairs_shortest_path_length all_shortest_paths
        all_simple_edge_paths all_simple_paths all_topological_sorts all_triads all_triangles antichains
        articulation_points attracting_components bfs_beam_edges bfs_edges bfs_labeled_edges bfs_layers
        bfs_predecessors bfs_successors biconnected_component_edges biconnected_components bridges chain_decomposition
        chordal_graph_cliques chordless_cycles cn_soundarajan_hopcroft common_neighbor_centrality connected_components
        dfs_edges dfs_labeled_edges dfs_postorder_nodes dfs_preorder_nodes edge_bfs edge_boundary edge_dfs
        edge_disjoint_paths enumerate_all_cliques eulerian_circuit eulerian_path find_cliques find_cliques_recursive
        generate_adjlist generate_edgelist generate_gexf generate_gml generate_graphml generate_multiline_adjlist
        generate_network_text generate_pajek generic_bfs_edges girvan_newman isolates
        jaccard_coefficient k_clique_communities k_edge_augmentation k_edge_components k_edge_subgraphs
        kosaraju_strongly_connected_components label_propagation_communities lexicographical_topological_sort
        local_bridges maximum_spanning_edges minimum_spanning_edges node_attribute_xy node_degree_xy
        node_disjoint_paths nodes_with_selfloops non_edges nonisomorphic_trees optimize_edit_paths
        optimize_graph_edit_distance preferential_attachment ra_index_soundarajan_hopcroft resource_allocation_index
        selfloop_edges shortest_simple_paths simple_cycles single_source_all_shortest_paths
        strongly_connected_components topological_generations topological_sort
        tree_all_pairs_lowest_common_ancestor vf2pp_all_isomorphisms weakly_connected_components
        within_inter_cluster"""
    ),
    "sympy": _words(
        """approximants binary_partitions continued_fraction_convergents continued_fraction_iterator cycle_length
        filter_symbols generate_bell generate_derangements generate_involutions generate_oriented_forest itermonomials
        kbins multiset_combinations multiset_derangements multiset_partitions multiset_permutations necklaces
        numbered_symbols ordered_partitions partitions permute_signs postfixes postorder_traversal prefixes
        preorder_traversal primerange roundrobin sequence_partitions signed_permutations sqrt_mod_iter uniq"""
    ),
    "nltk": _words(
        """acyclic_breadth_first bigrams breadth_first edge_closure everygrams ngrams pad_sequence ranks_from_scores
        regexp_span_tokenize skipgrams string_span_tokenize trigrams"""
    ),
    "more_itertools": _words(
        """all_unique_to_each batched chunked_even circular_shifts classify_unique collapse consecutive_groups
        constrained_batches distinct_combinations distinct_permutations divide duplicates_everseen factor filter_except
        filter_map flatten grouper ichunked interleave interleave_evenly interleave_longest iterate map_except map_if
        mark_ends pairwise partitions powerset prepend repeat_each repeat_last repeatfunc replace roundrobin rstrip
        set_partitions side_effect sieve sliding_window split_after split_at split_before split_into split_when stagger
        strip substrings substrings_indexes tabulate triplewise unique_everseen unique_justseen unzip value_chain
        windowed windowed_complete with_iter zip_broadcast zip_equal zip_offset"""
    ),
    "heapq": _words("merge"),
    "itertools": _words("batched pairwise"),
    "funcy": _words(
        """chunks concat cat distinct flatten interleave interpose iterate keep mapcat pairwise partition partition_by
        reductions remove repeatedly takewhile tree_leaves tree_nodes with_next with_prev without"""
    ),
    "difflib": _words("context_diff diff_bytes ndiff restore unified_diff"),
    "ast": _words("iter_child_nodes iter_fields walk"),
    "tokenize": _words("generate_tokens tokenize"),
    "pkgutil": _words("iter_importers iter_modules walk_packages"),
    "os": _words("fwalk"),
}
#: Those of them that give what comes out of the generators that they are given, one by one or in tuples.
FLAT_GENERATORS = {
    "heapq": _words("merge"),
    "itertools": _words("batched pairwise"),
    "more_itertools": _words(
        """batched flatten interleave interleave_longest pairwise roundrobin sliding_window triplewise unique_everseen
        windowed"""
    ),
    "nltk": _words("bigrams everygrams ngrams skipgrams trigrams"),
}
#: Functions of networkx that draw random numbers where they get no seed; its others never do.
DRAWING_NETWORKX = _words(
    """LFR_benchmark_graph algebraic_connectivity approximate_current_flow_betweenness_centrality arf_layout
    asadpour_atsp asyn_fluidc asyn_lpa_communities average_clustering barabasi_albert_graph
    betweenness_centrality binomial_graph choose_pref_attach configuration_model connected_double_edge_swap
    connected_watts_strogatz_graph dense_gnm_random_graph diameter directed_configuration_model
    directed_edge_swap directed_joint_degree_graph discrete_sequence double_edge_swap draw draw_forceatlas2
    draw_networkx draw_random draw_spring dual_barabasi_albert_graph duplication_divergence_graph
    edge_betweenness_centrality erdos_renyi_graph expected_degree_graph extended_barabasi_albert_graph
    fast_gnp_random_graph fast_label_propagation_communities fiedler_vector forceatlas2_layout
    fruchterman_reingold_layout gaussian_random_partition_graph general_random_intersection_graph
    generate_random_paths geographical_threshold_graph geometric_soft_configuration_graph gn_graph gnc_graph
    gnm_random_graph gnmk_random_graph gnp_random_graph gnr_graph greedy_branching greedy_k_edge_augmentation
    joint_degree_graph k_random_intersection_graph kernighan_lin_bisection lattice_reference leiden_communities
    leiden_partitions louvain_communities louvain_partitions maximal_independent_set maybe_regular_expander
    maybe_regular_expander_graph move_one_node navigable_small_world_graph newman_watts_strogatz_graph omega
    one_exchange panther_similarity panther_vector_similarity partial_duplication_graph planted_partition_graph
    powerlaw_cluster_graph powerlaw_sequence preferential_attachment_graph random_clustered_graph random_cograph
    random_degree_sequence_graph random_geometric_graph random_graph random_internet_as_graph random_k_out_graph
    random_kernel_graph random_labeled_rooted_forest random_labeled_rooted_tree random_labeled_tree
    random_layout random_lobster random_lobster_graph random_partition_graph random_powerlaw_tree
    random_powerlaw_tree_sequence random_reference random_regular_expander_graph random_regular_graph
    random_shell_graph random_spanning_tree random_string random_threshold_sequence random_tournament
    random_uniform_k_out_graph random_unlabeled_rooted_forest random_unlabeled_rooted_tree random_unlabeled_tree
    random_weighted_sample randomized_partitioning relaxed_caveman_graph rich_club_coefficient scale_free_graph
    sigma simulated_annealing_tsp soft_random_geometric_graph spanner spectral_bisection spectral_graph_forge
    spectral_ordering spring_layout stochastic_block_model strategy_random_sequential swap_two_nodes
    threshold_accepting_tsp thresholded_random_geometric_graph uniform_int_from_avg
    uniform_random_intersection_graph watts_strogatz_graph waxman_graph weighted_choice zipf_rv"""
)
#: Attributes of Beautiful Soup's elements that are generators.
PAGE_ITERATORS = _words(
    """children descendants strings stripped_strings parents next_siblings previous_siblings next_elements
    previous_elements"""
)

#: Python's own modules that star imports name, and that can be asked what they have.
STAR_MODULES = _words(
    """math cmath random itertools functools collections datetime time os os.path string re statistics operator decimal
    fractions json typing pathlib copy glob sys csv bisect heapq textwrap pprint"""
)
#: Functions of NumPy's global generator.
NUMPY_RANDOM = _words(
    """beta binomial bytes chisquare choice default_rng dirichlet exponential f gamma geometric get_state gumbel
    hypergeometric laplace logistic lognormal logseries multinomial multivariate_normal negative_binomial
    noncentral_chisquare noncentral_f normal pareto permutation poisson power rand randint randn random random_integers
    random_sample ranf rayleigh sample seed set_state shuffle standard_cauchy standard_exponential standard_gamma
    standard_normal standard_t triangular uniform vonmises wald weibull zipf Generator RandomState"""
)

#: Libraries whose settings are all named here; of others, names such as `config` and `options` tell.
SETTINGS_LISTED = _words("pandas matplotlib pylab seaborn numpy sklearn scipy statsmodels IPython networkx sympy")
#: What sets something when it is called, and sets it back where a `with` statement ends.
SETTING_CONTEXTS = _words("polars.Config")
#: Classes of libraries that keep account of the classes that are made from them.
KEEPING_BASES = _words("sqlalchemy.orm.DeclarativeBase sqlalchemy.orm.DeclarativeBaseNoMeta peewee.Model")

#: Iterators whose elements refer to nothing that was there before, to the elements' kind.
ROW_READERS = {"csv.reader": "list", "csv.DictReader": "dict", "glob.iglob": "str", SPLITS: "tuple"}

#: Top-level modules whose functions change none of their arguments, except where `MUTATING_CALLS` says so.
ARGUMENT_SAFE_ROOTS = _words(
    """numpy pandas scipy sklearn matplotlib seaborn statsmodels math cmath statistics itertools collections re json
    datetime time calendar string functools operator copy textwrap decimal fractions random os sys io pathlib pprint
    typing dataclasses enum abc warnings logging hashlib base64 uuid csv glob shutil tempfile platform types inspect
    bisect difflib unicodedata numbers contextlib patsy joblib tqdm IPython plotly altair bokeh xgboost lightgbm
    catboost networkx sympy PIL skimage cv2 tabulate mpl_toolkits matplotlib_inline dotenv nest_asyncio pylab urllib html zlib gzip pickle cloudpickle locale
    struct array secrets getpass zoneinfo pytz dateutil missingno squarify wordcloud nltk textblob polars pyarrow numba heapq
    imblearn category_encoders yellowbrick mlxtend graphviz pydotplus cycler gc traceback threading prettytable"""
)
#: Libraries whose functions and objects use no files, clocks, figures or random numbers, but may change what they are given.
CLOSED_LIBRARIES = _words("bs4 bidict cytoolz more_itertools sortedcontainers toolz")
#: Of the safe ones, those whose functions never draw from a process-wide random generator.
DRAW_FREE_ROOTS = CLOSED_LIBRARIES | _words(
    """pandas matplotlib math cmath statistics itertools collections re json datetime time calendar string functools
    operator copy textwrap decimal fractions os sys io pathlib pprint typing dataclasses enum abc warnings logging
    hashlib base64 uuid csv glob shutil tempfile platform types inspect bisect difflib unicodedata numbers contextlib
    patsy IPython plotly altair tabulate mpl_toolkits urllib html zlib gzip pickle cloudpickle locale struct array
    secrets zoneinfo pytz dateutil tqdm sympy cycler gc traceback threading getpass prettytable heapq"""
)
#: The same of figures.
PLOT_FREE_ROOTS = CLOSED_LIBRARIES | _words(
    """numpy math cmath statistics itertools collections re json datetime time calendar string functools operator copy
    textwrap decimal fractions random os sys io pathlib pprint typing dataclasses enum abc warnings logging hashlib
    base64 uuid csv glob shutil tempfile platform types inspect bisect difflib unicodedata numbers contextlib patsy
    joblib urllib html zlib gzip pickle cloudpickle locale struct array secrets zoneinfo pytz dateutil scipy cycler gc
    traceback threading getpass tabulate prettytable heapq"""
)

#: Built-in types whose methods are called through them too: `list.append(items, item)`.
BUILTIN_CONTAINERS = frozenset({"bytearray", "dict", "list", "set"})
#: What is known of `functools.partial` of a function that changes what it is called with.
PARTIAL_CHANGE = "functools.partial change"
#: What is known of joblib's `Parallel(return_as="generator")`.
LAZY_PARALLEL = "joblib.Parallel lazy"
#: Library functions that change an argument: positions, and names of keywords.
MUTATING_CALLS = {
    "random.shuffle": (0,),
    "numpy.random.shuffle": (0,),
    "numpy.put": (0,),
    "numpy.place": (0,),
    "numpy.putmask": (0,),
    "numpy.copyto": (0,),
    "numpy.fill_diagonal": (0,),
    "numpy.put_along_axis": (0,),
    "bisect.insort": (0,),
    "bisect.insort_left": (0,),
    "bisect.insort_right": (0,),
    "heapq.heappush": (0,),
    "heapq.heappop": (0,),
    "heapq.heapify": (0,),
    "heapq.heapreplace": (0,),
    "heapq.heappushpop": (0,),
    "operator.setitem": (0,),
    "operator.delitem": (0,),
    **dict.fromkeys(
        _words(
            """operator.iadd operator.isub operator.imul operator.imatmul operator.itruediv operator.ifloordiv
            operator.imod operator.ipow operator.iand operator.ior operator.ixor operator.ilshift operator.irshift
            operator.iconcat random.Random.shuffle shutil.copyfileobj numpy.random.Generator.shuffle"""
        ),
        (0,),
    ),
    **{
        f"cv2.{name}": (0,)
        for name in _words(
            """circle ellipse line arrowedLine rectangle polylines fillPoly fillConvexPoly putText drawContours drawMarker floodFill
            randn randu randShuffle setIdentity completeSymm patchNaNs drawFrameAxes drawChessboardCorners
            aruco.drawDetectedMarkers"""
        )
    },
    **{
        f"cv2.{name}": (1,)
        for name in _words("accumulate accumulateWeighted accumulateSquare insertChannel mixChannels cornerSubPix")
    },
    "seaborn.move_legend": (0,),
    "numpy.lib.recfunctions.assign_fields_by_name": (0,),
    "numpy.lib.recfunctions.recursive_fill_fields": (1,),
    **{
        f"sklearn.utils.sparsefuncs.inplace_{name}": (0,)
        for name in _words(
            """column_scale row_scale csr_column_scale csr_row_scale swap_row swap_row_csc swap_row_csr swap_column"""
        )
    },
    "cv2.grabCut": (1, 3, 4),
    "cv2.watershed": (1,),
    "cv2.drawKeypoints": (2,),
    "skimage.draw.set_color": (0,),
    **{
        f"networkx.{name}": (0,)
        for name in _words(
            """add_path add_cycle add_star set_node_attributes set_edge_attributes remove_node_attributes remove_edge_attributes
            double_edge_swap connected_double_edge_swap directed_edge_swap freeze classes.function.freeze"""
        )
    },
    "struct.pack_into": (1,),
    "contextlib.redirect_stdout": (0,),
    "contextlib.redirect_stderr": (0,),
    "json.dump": (1,),
    "json.load": (0,),
    "pickle.dump": (1,),
    "pickle.load": (0,),
    "csv.reader": (0,),
    "csv.writer": (0,),
    "matplotlib.pyplot.sca": (0,),
    "matplotlib.pyplot.setp": (0,),
    "itertools.islice": (0,),
    "functools.reduce": (1,),
    "collections.deque": (0,),
    "collections.Counter": (0,),
}
#: Libraries whose functions store other arguments in the one that they change: `bisect.insort(items, item)`.
STORING_ROOTS = frozenset({"bisect", "heapq", "networkx", "numpy", "operator"})
#: Library functions that keep the functions that they are given and call none of them.
KEEPING_CALLS = _words(
    "dataclasses.field functools.partial functools.partialmethod functools.wraps functools.lru_cache"
)
#: Functions that make objects of pickles, which find the notebook's classes and functions by their names.
UNPICKLING_CALLS = _words(
    """pickle.load pickle.loads pickle.Unpickler cloudpickle.load cloudpickle.loads dill.load dill.loads joblib.load
    pandas.read_pickle torch.load shelve.open"""
)
#: Functions that write pickles, in which classes and functions of the notebook stand by their names.
PICKLING_CALLS = _words("pickle.dump pickle.dumps pickle.Pickler joblib.dump torch.save")
#: What makes classes without a class statement.
CLASS_MAKERS = _words(
    "collections.namedtuple typing.NamedTuple dataclasses.make_dataclass enum.Enum enum.IntEnum types.new_class"
)
#: Functions that note for the whole process what is to be called, and call nothing yet.
REGISTERING_CALLS = _words("sqlite3.register_adapter sqlite3.register_converter copyreg.pickle")
#: Functions that set loggers up, which are handed over.
LOGGING_SETUP = _words(
    """logging.basicConfig logging.disable logging.config.dictConfig logging.config.fileConfig
    logging.setLogRecordFactory"""
)
#: Keywords through which a library function changes what it is given.
MUTATING_KEYWORDS = _words("out ax axes cax fig file buf handle dst evals_result callbacks norm")

#: Functions of numpy that write into an argument: name to its position.
OUT_POSITIONS = {
    **dict.fromkeys(
        _words(
            """abs absolute negative positive sign exp exp2 expm1 log log2 log10 log1p sqrt cbrt square reciprocal sin cos
            tan arcsin arccos arctan sinh cosh tanh floor ceil rint trunc isnan isinf isfinite logical_not invert
            degrees radians deg2rad rad2deg conjugate fabs"""
        ),
        1,
    ),
    **dict.fromkeys(
        _words(
            """add subtract multiply divide true_divide floor_divide power mod remainder maximum minimum fmax fmin
            arctan2 hypot logical_and logical_or logical_xor greater greater_equal less less_equal equal not_equal
            bitwise_and bitwise_or bitwise_xor left_shift right_shift matmul dot round around outer concatenate"""
        ),
        2,
    ),
    **dict.fromkeys(_words("clip sum mean prod cumsum cumprod take compress std var nansum nanmean"), 3),
}

#: Library functions whose result shares no memory with their arguments.
FRESH_CALLS = _words(
    """copy.deepcopy numpy.array numpy.zeros numpy.ones numpy.empty numpy.arange numpy.linspace numpy.logspace numpy.eye
    numpy.identity numpy.full numpy.zeros_like numpy.ones_like numpy.full_like numpy.copy numpy.concatenate numpy.vstack
    numpy.hstack numpy.stack numpy.column_stack numpy.dot numpy.matmul numpy.where numpy.unique numpy.sort numpy.argsort
    numpy.cumsum numpy.sum numpy.mean numpy.std numpy.var numpy.median numpy.percentile numpy.quantile numpy.exp
    numpy.log numpy.log1p numpy.log10 numpy.log2 numpy.sqrt numpy.sin numpy.cos numpy.tan numpy.abs numpy.round
    numpy.power numpy.outer numpy.meshgrid numpy.histogram numpy.corrcoef numpy.cov numpy.repeat numpy.tile numpy.diff
    numpy.isnan numpy.isfinite numpy.digitize numpy.polyfit numpy.polyval numpy.clip numpy.maximum numpy.minimum
    numpy.loadtxt numpy.genfromtxt numpy.random.rand numpy.random.randn numpy.random.randint numpy.random.random
    numpy.random.normal numpy.random.uniform numpy.random.choice numpy.random.permutation pandas.read_csv
    pandas.read_table pandas.read_excel pandas.read_json pandas.read_parquet pandas.read_html pandas.read_sql
    pandas.read_pickle pandas.read_feather pandas.read_fwf pandas.merge pandas.get_dummies pandas.crosstab
    pandas.pivot_table pandas.melt pandas.date_range pandas.cut pandas.qcut
    pandas.isnull pandas.isna pandas.notnull pandas.factorize pandas.Timestamp pandas.Timedelta
    sklearn.metrics.confusion_matrix sklearn.metrics.roc_curve sklearn.metrics.precision_recall_curve
    sklearn.model_selection.cross_val_score sklearn.model_selection.cross_val_predict
    sklearn.model_selection.learning_curve sklearn.model_selection.validation_curve sklearn.utils.resample
    json.loads re.findall re.split os.listdir glob.glob math.sqrt"""
)
#: Library functions that give several new objects, none of which shares memory with another.
FRESH_PARTS = _words("sklearn.model_selection.train_test_split")
#: Library functions whose result is a number, a string or another value that cannot change.
SCALAR_CALLS_ROOTS = _words("math cmath statistics time calendar platform hashlib uuid unicodedata getpass secrets")
#: Of those libraries, the functions that give lists.
LIST_CALLS = _words("statistics.quantiles statistics.multimode calendar.monthcalendar")
SCALAR_CALLS = _words(
    """numpy.sum numpy.mean os.getcwd os.getenv os.path.join os.path.exists os.path.basename
    os.path.dirname os.path.abspath os.path.isfile os.path.isdir os.path.getsize os.path.splitext os.path.expanduser
    sklearn.metrics.accuracy_score sklearn.metrics.mean_squared_error sklearn.metrics.mean_absolute_error
    sklearn.metrics.r2_score sklearn.metrics.f1_score sklearn.metrics.precision_score sklearn.metrics.recall_score
    sklearn.metrics.roc_auc_score sklearn.metrics.log_loss sklearn.metrics.classification_report
    sklearn.metrics.silhouette_score json.dumps datetime.datetime datetime.date datetime.timedelta
    datetime.datetime.now datetime.datetime.today datetime.date.today datetime.datetime.strptime re.sub
    re.compile pathlib.Path pathlib.PurePath textwrap.dedent textwrap.fill warnings.warn sys.getsizeof
    pandas.Timestamp pandas.Timedelta decimal.Decimal fractions.Fraction"""
)

#: Collections that take all elements of what they are made of.
COLLECTIONS = _words(
    "collections.deque collections.Counter collections.OrderedDict collections.defaultdict collections.UserList"
)

#: Library functions and the kind of their result.
RESULT_KINDS = {
    "re.match": "match",
    "re.search": "match",
    "re.fullmatch": "match",
    "types.MappingProxyType": "dict view",
    **dict.fromkeys(
        _words(
            """pandas.DataFrame pandas.read_csv pandas.read_table pandas.read_excel pandas.read_parquet
            pandas.read_feather pandas.read_fwf pandas.merge pandas.get_dummies pandas.crosstab pandas.pivot_table
            pandas.melt pandas.json_normalize seaborn.load_dataset pandas.read_sql pandas.read_sql_query
            pandas.DataFrame.from_dict pandas.DataFrame.from_records pandas.wide_to_long pandas.merge_asof"""
        ),
        "DataFrame",
    ),
    **dict.fromkeys(_words("pandas.Series pandas.cut"), "Series"),
    **dict.fromkeys(
        _words(
            """numpy.array numpy.asarray numpy.zeros numpy.ones numpy.empty numpy.arange numpy.linspace numpy.logspace
            numpy.eye numpy.identity numpy.full numpy.zeros_like numpy.ones_like numpy.concatenate numpy.vstack
            numpy.hstack numpy.stack numpy.column_stack numpy.random.rand numpy.random.randn numpy.random.permutation
            numpy.reshape numpy.loadtxt numpy.genfromtxt numpy.outer numpy.cumsum numpy.argsort"""
        ),
        "ndarray",
    ),
    "matplotlib.pyplot.figure": "figure",
    "matplotlib.pyplot.gcf": "figure",
    "matplotlib.pyplot.gca": "axes",
    "matplotlib.pyplot.axes": "axes",
    "matplotlib.pyplot.subplot": "axes",
    "random.Random": "rng",
    "numpy.random.RandomState": "rng",
    "numpy.random.default_rng": "rng",
    "numpy.random.Generator": "rng",
    "collections.defaultdict": "dict",
    "collections.OrderedDict": "dict",
    "collections.Counter": "dict",
    "collections.deque": "list",
    "copy.deepcopy": "unknown",
    "os.listdir": "list",
    "glob.glob": "list",
    "json.loads": "unknown",
}

#: Methods that change neither their receiver nor their arguments, whatever the type: names with one meaning in
#: Python's builtin types, numpy, pandas, scikit-learn, statsmodels and matplotlib.
PURE_METHODS = _words(
    """abs add_prefix add_suffix agg aggregate all any apply applymap argmax argmin argsort as_matrix asfreq asof assign
    astype at_time autocorr between bfill bool boxplot capitalize casefold center clip combine combine_first conf_int
    conj conjugate copy corr corrwith cos count cov crosstab cummax cummin cumprod cumsum cut date day dayofweek days
    decode describe diagonal diff difference div divide dot drop drop_duplicates dropna duplicated dtype dtypes
    encode endswith eq equals eval ewm exp expanding expandtabs explode factorize ffill fillna filter find findall
    first first_valid_index flatten floor floordiv format format_map from_dict ge get get_dummies get_feature_names
    get_feature_names_out get_group get_n_splits get_params get_values group groupby groups groupdict gt head hist
    hour iat idxmax idxmin index infer_objects info interpolate intersection isalnum isalpha isascii isdecimal isdigit
    isidentifier isin islower isna isnull isnumeric isoformat isocalendar isspace issubset issuperset istitle isupper item
    items iteritems iterrows itertuples join keys kurt kurtosis last last_valid_index le len ljust lower lstrip lt mad
    map mask match max mean median melt memory_usage merge min minute mod mode month monthrange mul multiply ne nlargest
    nonzero normalize notna notnull nsmallest nunique partition pct_change pipe pivot pivot_table pow predict
    predict_log_proba predict_proba prod product ptp quantile query rank ravel reindex removeprefix removesuffix rename
    rename_axis replace resample reset_index reshape rfind rindex rjust rolling rolling_mean round rpartition rsplit
    rstrip rsub score score_samples searchsorted second select_dtypes sem set_axis set_index shift skew slice
    slice_shift sort_index sort_values split splitlines squeeze stack startswith std str strftime strip strptime sub
    subtract sum summary summary2 swapaxes swapcase swaplevel symmetric_difference tail take test time timestamp timetuple
    title to_csv to_datetime to_dict to_excel to_feather to_frame to_html to_json to_latex to_list to_markdown
    to_numpy to_parquet to_period to_pickle to_pydatetime to_records to_sql to_string to_timestamp toarray tobytes
    today todense tolist total_seconds tostring trace transform translate transpose truncate tz_convert tz_localize
    union unique unstack upper value_counts values var view weekday where xs year zfill isidentifier nanmax wald_test
    t_test f_test get_prediction get_forecast forecast inverse_transform decision_function staged_predict
    kneighbors apply_ufunc bit_length as_integer_ratio is_integer hex fromhex ordinal most_common elements total
    exists is_file is_dir with_suffix with_name joinpath resolve absolute relative_to as_posix read_text iterdir
    glob rglob expanduser stat savefig get_xlim get_ylim get_title get_legend_handles_labels get_xticklabels
    get_yticklabels get_xticks get_yticks get_figure invert_transform nnz tocsr tocsc getrow getcol cdf pdf pmf sf ppf
    logpdf logcdf isf interval entropy moment stats strides isatty fileno getvalue days_in_month quarter
    week get_level_values droplevel to_flat_index is_unique is_monotonic_increasing get_loc get_indexer levels
    codes categories ordered as_ordered as_unordered contains extract extractall len cat pad wrap get_n_leaves
    get_depth cost_complexity_pruning_path rename_categories remove_unused_categories day_name month_name"""
) - _words("test boxplot hist")
#: Of containers (lists, dicts, sets, deques, counters), the methods that change nothing.
PURE_CONTAINER_METHODS = _words(
    """copy count index keys values items get union intersection difference symmetric_difference issubset issuperset
    isdisjoint most_common elements total fromkeys new_child __contains__ __len__ __iter__ __getitem__ __eq__"""
)
#: Methods of tables and strings that change objects of other types: name to the kinds that they leave alone.
AMBIGUOUS_METHODS = {
    "subtract": _words("DataFrame Series"),
    "partition": _words("DataFrame Series"),
}
#: What of seaborn gives a grid of axes; the kinds of objects that any method may change, but for those that write and copy.
GRIDS = _words("FacetGrid PairGrid JointGrid relplot catplot displot lmplot pairplot jointplot clustermap")
CHANGED_BY_ALL = frozenset({"styler", "grid", "page", "decimal context"})
#: Methods that make figures but change no frame or series.
PLOT_METHODS = _words(
    """plot hist boxplot scatter bar barh pie imshow contour contourf line area kde density hexbin plot_diagnostics
    plot_predict qqplot heatmap plot_tree plot_importance scatter_matrix show draw"""
)
#: Of the pure methods, those whose result cannot change.
SCALAR_METHODS = _words(
    """all any argmax argmin capitalize casefold center count day dayofweek days encode endswith equals
    expandtabs find first_valid_index format format_map hour idxmax idxmin index isalnum isalpha isascii isdecimal
    isdigit isidentifier islower isnumeric isoformat isspace issubset issuperset istitle isupper item join last_valid_index
    ljust lower lstrip minute month nunique removeprefix removesuffix rfind rindex rjust rstrip score second startswith
    strftime strip swapcase timestamp title total_seconds translate upper weekday year zfill to_string to_html
    to_latex to_markdown to_json is_integer exists is_file is_dir read_text info to_csv to_excel to_parquet
    savefig ndim size shape as_posix getvalue bit_length decode to_pickle to_feather"""
)
#: Of the pure methods, those whose result shares no memory with the receiver.
FRESH_METHODS = _words(
    """copy mean sum std var median quantile describe value_counts corr cov isna isnull notna notnull astype merge
    drop_duplicates dropna fillna sort_values sort_index pivot pivot_table melt nlargest nsmallest agg aggregate apply
    applymap map transform rank cumsum cumprod cummax cummin diff shift pct_change clip abs round duplicated isin
    between sample query assign tolist to_list unique split splitlines rsplit max min prod get_dummies replace
    to_dict predict predict_proba decision_function flatten interpolate combine_first memory_usage mode argsort
    nonzero dot explode summary inverse_transform tobytes kneighbors"""
)
PURE_METHODS = PURE_METHODS | FRESH_METHODS | SCALAR_METHODS | _words("size bar barh nth ngroup cumcount")
#: Attributes that cannot change, of objects of which little is known; those that a table has as columns, or a tree as links, are not here.
SCALAR_ATTRIBUTES = _words(
    """shape ndim dtype nbytes itemsize __name__ __doc__ __class__ aic bic rsquared rsquared_adj nobs df_resid df_model
    n_clusters inertia_ best_score_ n_iter_ is_unique"""
)
#: By the kind of object; a kind that is here has no others.
SCALAR_ATTRIBUTES_OF = {
    "DataFrame": _words("shape size ndim empty"),
    "Series": _words("shape size ndim dtype name empty nbytes is_unique"),
    "ndarray": _words("shape size ndim dtype nbytes itemsize"),
    "path": _words("name parent stem suffix parts"),
    "file": _words("name"),
    **dict.fromkeys(("estimator", "seeded estimator"), SCALAR_ATTRIBUTES),
}
#: Modules of which objects have any attributes, set by whoever makes them.
OPEN_OBJECTS = ("types", "argparse", "scipy.optimize", "collections", "enum")
#: Kinds whose unknown methods change the receiver at most, never the arguments.
ARGUMENT_SAFE_KINDS = _words(
    "DataFrame Series ndarray GroupBy estimator figure axes str scalar list dict set tuple rng library file connection"
)
#: Methods of lists, sets and dicts that keep their arguments inside the receiver.
KEEPING_METHODS = _words("append extend insert add update setdefault appendleft push put __setitem__ fit partial_fit")
#: Methods of containers that go through what they are given, and keep nothing but what comes out of it.
TAKING_METHODS = _words(
    "extend extendleft update subtract difference_update intersection_update symmetric_difference_update"
)
#: Pure methods that call the estimators and functions that their receiver holds.
CALLING_METHODS = _words(
    """predict predict_proba predict_log_proba decision_function score score_samples transform inverse_transform
    kneighbors staged_predict forecast get_prediction get_forecast"""
)
#: Methods of tables that change them with `inplace=True`.
INPLACE_METHODS = _words(
    """dropna fillna ffill bfill rename rename_axis sort_values sort_index reset_index set_index drop drop_duplicates replace
    interpolate where mask clip query eval set_axis"""
)
#: Methods that change their receiver and the estimators in it, and read their arguments.
FITTING_METHODS = _words("fit fit_transform fit_predict partial_fit fit_resample train")
#: Methods of common types that change their receiver, also where they are handed on without being called.
CHANGING_METHODS = (
    KEEPING_METHODS
    | FITTING_METHODS
    | _words(
        """pop popitem remove clear sort reverse discard popleft extendleft rotate difference_update intersection_update
    symmetric_difference_update write writelines send close seek fill resize put itemset set_params __delitem__ subtract"""
    )
)
#: Methods that draw from a process-wide generator when no seed is given to them or their object.
DRAWING_METHODS = _words(
    """sample fit fit_transform fit_predict partial_fit split rvs shuffle permutation choice randint fit_resample
    bootstrap simulate resample_ transform_ kneighbors_ score_ plot_importance train"""
)

#: Modules without random numbers, files and clocks, but for what world.py names.
CLOSED_MODULES = CLOSED_LIBRARIES | _words(
    """__future__ abc array ast asyncio bisect builtins collections contextlib contextvars copy csv dataclasses decimal difflib
    enum fractions functools gc hashlib heapq inspect itertools json keyword math numbers numpy operator pandas pprint
    queue re sqlite3 statistics string struct textwrap traceback types typing unicodedata unittest warnings weakref zlib"""
)
#: Libraries that are known by name, whether they are installed here or not.
LIBRARIES = ARGUMENT_SAFE_ROOTS.union(CLOSED_LIBRARIES, TENSOR_LIBRARIES, KERAS_ROOTS)
#: Builtins that reach files, people or code that only a run knows.
OPEN_BUILTINS = _words("open input exec eval compile __import__ breakpoint get_ipython getattr setattr vars")
#: Modules that open figures or show pictures.
DRAWING_MODULES = _words("matplotlib seaborn pylab plotly bokeh altair IPython PIL cv2 skimage")

#: What says whether the inline backend closes figures at the end of each cell.
CLOSING_CALLS = _words("matplotlib_inline.backend_inline.set_matplotlib_close IPython.display.set_matplotlib_close")
#: What takes the name of a style, or a file.
STYLE_CALLS = _words(
    "matplotlib.style.use matplotlib.pyplot.style.use matplotlib.style.context matplotlib.pyplot.style.context"
)

#: Process-wide settings: function → family. A call with constant arguments can be repeated in each stage.
SETTING_CALLS = {
    "pandas.set_option": "pandas options",
    "pandas.reset_option": "pandas options",
    "pandas.options.display": "pandas options",
    "pandas.set_eng_float_format": "pandas options",
    "pandas.plotting.register_matplotlib_converters": "pandas plotting",
    "pandas.tseries.converter.register": "pandas plotting",
    "numpy.set_printoptions": "numpy print options",
    "numpy.seterr": "numpy errors",
    "matplotlib.use": "matplotlib backend",
    "matplotlib.rc": "matplotlib rcParams",
    "matplotlib.rcdefaults": "matplotlib rcParams",
    "matplotlib.style.use": "matplotlib rcParams",
    "matplotlib.rcParams.update": "matplotlib rcParams",
    "matplotlib.pyplot.style.use": "matplotlib rcParams",
    "matplotlib.pyplot.rc": "matplotlib rcParams",
    "matplotlib.pyplot.rcdefaults": "matplotlib rcParams",
    "matplotlib.pyplot.rcParams.update": "matplotlib rcParams",
    "matplotlib.pyplot.ion": "matplotlib interactive",
    "matplotlib.pyplot.ioff": "matplotlib interactive",
    "matplotlib.pyplot.switch_backend": "matplotlib backend",
    "matplotlib.pyplot.set_cmap": "matplotlib rcParams",
    "matplotlib.pyplot.xkcd": "matplotlib rcParams",
    "matplotlib_inline.backend_inline.set_matplotlib_formats": "matplotlib backend",
    "IPython.display.set_matplotlib_formats": "matplotlib backend",
    **dict.fromkeys(CLOSING_CALLS, "matplotlib backend"),
    "seaborn.set": "matplotlib rcParams",
    "seaborn.set_theme": "matplotlib rcParams",
    "seaborn.set_style": "matplotlib rcParams",
    "seaborn.set_context": "matplotlib rcParams",
    "seaborn.set_palette": "matplotlib rcParams",
    "seaborn.set_color_codes": "matplotlib rcParams",
    "seaborn.despine": "",
    "seaborn.reset_defaults": "matplotlib rcParams",
    "seaborn.reset_orig": "matplotlib rcParams",
    "warnings.filterwarnings": "warnings filters",
    "warnings.simplefilter": "warnings filters",
    "warnings.resetwarnings": "warnings filters",
    "sklearn.set_config": "scikit-learn configuration",
    "decimal.setcontext": "decimal context",
    "logging.captureWarnings": "logging configuration",
    "loguru.logger.add": "loguru",
    "loguru.logger.remove": "loguru",
    "loguru.logger.configure": "loguru",
    "structlog.configure": "structlog",
    "locale.setlocale": "locale",
    "sys.setrecursionlimit": "recursion limit",
    "sys.setswitchinterval": "switch interval",
    "sys.path.append": "sys.path",
    "sys.path.insert": "sys.path",
    "sys.path.extend": "sys.path",
    "os.chdir": "working directory",
    "os.putenv": "os.putenv",
    "os.environ.update": "environment",
    "os.environ.setdefault": "environment",
    "os.environ.pop": "environment",
    "os.umask": "umask",
    **dict.fromkeys(
        _words(
            """torch.set_default_dtype torch.set_default_tensor_type torch.set_default_device torch.set_num_threads
            torch.set_printoptions torch.set_grad_enabled torch.autograd.set_grad_enabled torch.set_anomaly_enabled
            torch.autograd.set_detect_anomaly torch.set_float32_matmul_precision torch.use_deterministic_algorithms
            torch.set_deterministic_debug_mode torch.set_warn_always"""
        ),
        "torch",
    ),
    "tensorflow.get_logger": "tensorflow",
    "spacy.tokens.Doc.set_extension": "spacy",
    "spacy.tokens.Span.set_extension": "spacy",
    "spacy.tokens.Token.set_extension": "spacy",
    "plotly.offline.init_notebook_mode": "plotly",
    "plotly.io.renderers.default": "plotly",
    "cufflinks.go_offline": "cufflinks",
    "tqdm.tqdm.pandas": "tqdm",
    "tqdm.notebook.tqdm.pandas": "tqdm",
    "tqdm.pandas": "tqdm",
    "polars.Config": "polars",
    "bokeh.io.output_notebook": "bokeh",
    "bokeh.plotting.output_notebook": "bokeh",
    "shap.initjs": "",
    "altair.renderers.enable": "altair",
    "altair.data_transformers.enable": "altair",
    "altair.data_transformers.disable_max_rows": "altair",
    "gc.disable": "garbage collector",
    "gc.enable": "garbage collector",
    "sympy.init_printing": "sympy",
    "dotenv.load_dotenv": "environment",
    "nest_asyncio.apply": "asyncio",
    "arviz.style.use": "matplotlib rcParams",
    "mplhep.style.use": "matplotlib rcParams",
    "holoviews.extension": "holoviews",
    "panel.extension": "panel",
    "mlflow.autolog": "mlflow",
    "mlflow.sklearn.autolog": "mlflow",
    "numba.set_num_threads": "numba",
    "random.setstate": "",
    "numpy.random.set_bit_generator": "numpy.random.set_bit_generator",
    "time.tzset": "timezone",
    "csv.register_dialect": "csv dialects",
    "csv.field_size_limit": "csv dialects",
    "signal.signal": "signal handlers",
    "atexit.register": "exit handlers",
    "codecs.register": "codecs",
    "copyreg.pickle": "copyreg",
    "faulthandler.enable": "faulthandler",
    "tracemalloc.start": "tracemalloc",
    "tracemalloc.stop": "tracemalloc",
    "matplotlib.font_manager.fontManager.addfont": "matplotlib fonts",
}
#: Families of settings that the emitted project can hand over as they are.
HANDED_OVER_SETTINGS = frozenset(
    {
        "pandas options",
        "numpy print options",
        "numpy errors",
        "matplotlib rcParams",
        "warnings filters",
        "environment",
        "working directory",
        "sys.path",
        "decimal context",
        "locale",
        "recursion limit",
        "switch interval",
        "sys.argv",
        "scikit-learn configuration",
        "%env",
        "%set_env",
        "%cd",
        "%matplotlib",
        "pandas plotting",
        "torch",
        "numbers of threads",
    }
)
#: Setting a name or item below these is setting a process-wide setting: prefix → family.
SETTING_TARGETS = {
    "pandas.options": "pandas options",
    "warnings.filters": "warnings filters",
    "matplotlib.rcParams": "matplotlib rcParams",
    "matplotlib.pyplot.rcParams": "matplotlib rcParams",
    "pylab.rcParams": "matplotlib rcParams",
    "os.environ": "environment",
    "sys.path": "sys.path",
    "sys.argv": "sys.argv",
    "decimal.getcontext": "decimal context",
    "IPython.core.interactiveshell.InteractiveShell": "IPython",
    "plotly.io": "plotly",
    "logging": "logging",
    "matplotlib": "matplotlib",
    "matplotlib.pyplot": "matplotlib",
    "seaborn": "seaborn",
    "numpy": "numpy",
    "pandas": "pandas",
    "sys": "sys",
    "warnings": "warnings filters",
    "ssl": "ssl",
    "torch": "torch",
    "PIL": "PIL",
    "csv": "csv",
    "torch.backends.cudnn.enabled": "torch",
    "torch.backends.cudnn.benchmark": "torch",
    "torch.backends.cudnn.deterministic": "torch",
}
#: Of those, the modules of which only what has a row of its own is handed over.
WHOLE_MODULES = _words("logging matplotlib matplotlib.pyplot seaborn numpy pandas sys warnings ssl torch PIL csv")
#: Modules whose functions set what they are given, or something that is seen elsewhere, never the module itself.
SETTERS_OF_OBJECTS = _words("matplotlib.pyplot numpy.random random operator plotly.graph_objects networkx numpy.ma")
#: Functions whose names look as if they set something for the process, and do not.
NO_SETTERS = _words(
    """pandas.set_option gc.set_threshold os.set_blocking networkx.set_node_attributes networkx.set_edge_attributes
    sklearn.utils.set_random_state statsmodels.tools.add_constant statsmodels.api.add_constant
    statsmodels.tools.tools.add_constant statsmodels.api.tools.add_constant operator.setitem
    numpy.setdiff1d numpy.setxor1d builtins.setattr sklearn.preprocessing.add_dummy_feature nltk.add_logs
    nltk.probability.add_logs os.set_inheritable datashader.transfer_functions.set_background"""
)
#: The generators that the functions of these modules draw from, as objects.
PROCESS_GENERATORS = {"numpy.random.mtrand._rand": "numpy.random", "random._inst": "random"}
#: Containers that the process has one of.
PROCESS_CONTAINERS = _words("sys.path sys.argv sys.meta_path warnings.filters matplotlib.style.library")
#: Methods with which lists and dicts grow, and that no module has as functions but those of these libraries.
GROWING_METHODS = _words("append extend setdefault")
FUNCTIONS_LIKE_METHODS = _words("numpy torch tensorflow jax cupy dask xarray pandas os bisect heapq array")
#: Seeds: function → generators.
SEED_CALLS = {
    "random.seed": ("random",),
    "random.setstate": ("random",),
    "numpy.random.seed": ("numpy.random",),
    "numpy.random.set_state": ("numpy.random",),
    "faker.Faker.seed": ("faker",),
    **dict.fromkeys(
        _words("torch.manual_seed torch.set_rng_state torch.random.manual_seed torch.random.set_rng_state"), ("torch",)
    ),
    **dict.fromkeys(
        _words(
            "tensorflow.random.set_seed tensorflow.compat.v1.set_random_seed tensorflow.compat.v1.random.set_random_seed"
        ),
        ("keras",),
    ),
    **dict.fromkeys(
        _words("keras.utils.set_random_seed tensorflow.keras.utils.set_random_seed tf_keras.utils.set_random_seed"),
        ("random", "numpy.random", "keras"),
    ),
    **dict.fromkeys(
        _words(
            """pytorch_lightning.seed_everything pytorch_lightning.utilities.seed.seed_everything lightning.seed_everything
            lightning.pytorch.seed_everything lightning.fabric.seed_everything transformers.set_seed
            transformers.trainer_utils.set_seed accelerate.utils.set_seed fastai.torch_core.set_seed"""
        ),
        ("random", "numpy.random", "torch"),
    ),
}
#: Context managers that may keep an error to themselves, and methods that give such.
SWALLOWING_CONTEXTS = _words("contextlib.suppress contextlib.ExitStack contextlib.AsyncExitStack pytest.raises")
SWALLOWING_METHODS = _words("assertRaises assertRaisesRegex raises suppress")
#: Those that say in which state a generator is: it goes on from there once more when that is set again.
STATE_CALLS = {
    "random.getstate": "random",
    "numpy.random.get_state": "numpy.random",
    "torch.get_rng_state": "torch",
    "torch.random.get_rng_state": "torch",
}
#: Functions of the generators' modules that do not draw from the process-wide state.
DRAW_FREE_CALLS = _words(
    """random.Random random.SystemRandom numpy.random.RandomState numpy.random.default_rng
    numpy.random.Generator numpy.random.SeedSequence numpy.random.PCG64 numpy.random.MT19937
    numpy.random.Philox"""
)
#: Packages that show something when they are imported.
LOUD_IMPORTS = _words("this __hello__ pygame autoviz featurewiz deep_autoviml")
#: Packages whose import draws from no process-wide random generator.
QUIET_IMPORTS = _words(
    """numpy pandas scipy matplotlib seaborn statsmodels patsy joblib tqdm IPython networkx sympy PIL skimage cv2 tabulate
    mpl_toolkits matplotlib_inline dotenv nest_asyncio pylab pytz dateutil missingno squarify wordcloud polars pyarrow numba
    graphviz pydotplus cycler prettytable plotly altair bokeh torch torchvision yaml requests bs4 lxml openpyxl cloudpickle
    bidict cytoolz more_itertools sortedcontainers toolz six attr simplejson dask xarray absl astropy autograd deap dill
    emcee empiricaldist faker fastapi flask folium formulaic gensim geopandas gymnasium h5py igraph imageio lifelines
    netCDF4 optuna pandera pingouin pint psutil pulp pydantic pywt regex schedule shapely simpy smart_open sqlalchemy
    statsforecast tenacity tifffile toml tornado typeguard uncertainties mpmath ipywidgets"""
)
#: Those whose import may draw from Python's `random` only: they import rich, which does, themselves or by scikit-learn 1.9.
#: Others may draw from NumPy's, too: they may import JAX, which does, as Keras does.
IMPORTS_OF_RICH = _words(
    """rich sklearn imblearn yellowbrick mlxtend xgboost lightgbm catboost nltk textblob category_encoders mglearn typer
    textual hdbscan eli5 lime sentence_transformers surprise umap"""
)
#: Of packages that draw, the modules that do not yet: to have imported them says nothing of the others.
QUIET_PARTS = _words("sklearn sklearn.base sklearn.utils sklearn.exceptions")
#: Generators that `DRAW` may stand for when it is not known which.
GENERATORS = ("random", "numpy.random", "torch", "keras", "faker")
#: Of those, the ones that a recorded run does not watch.
UNSEEN_GENERATORS = frozenset({"keras", "faker"})

#: Functions of time and entropy: their results differ from run to run.
CLOCK_CALLS = _words(
    """time.time time.perf_counter time.monotonic time.process_time time.ctime time.localtime time.gmtime time.strftime
    datetime.datetime.now datetime.datetime.today datetime.datetime.utcnow datetime.date.today uuid.uuid4 uuid.uuid1
    os.urandom os.getpid secrets.token_hex secrets.token_bytes secrets.randbelow pandas.Timestamp.now
    pandas.Timestamp.today timeit.timeit timeit.default_timer"""
)

#: Of the functions below, those that may keep what is in a file: the position of the mode, and which it is by itself.
OPENING_MODES: dict[str, tuple[int | None, str]] = {
    **dict.fromkeys(
        _words("zipfile.ZipFile tarfile.open gzip.open bz2.open io.open io.FileIO codecs.open h5py.File"), (1, "r")
    ),
    "logging.FileHandler": (1, "a"),
    "pandas.HDFStore": (1, "a"),
    "pandas.ExcelWriter": (None, "w"),
    "numpy.memmap": (2, "r+"),
    "numpy.lib.format.open_memmap": (1, "r+"),
    **dict.fromkeys(
        _words("sqlite3.connect os.remove os.unlink os.rmdir os.truncate os.chmod os.utime os.open"), (None, "a")
    ),
}
#: Library functions that read or write a file named by an argument: (mode, position, keyword).
FILE_CALLS = {
    **{
        f"pandas.read_{k}": ("r", 0, "filepath_or_buffer")
        for k in [
            "csv",
            "table",
            "excel",
            "json",
            "parquet",
            "feather",
            "fwf",
            "pickle",
            "stata",
            "sas",
            "spss",
            "hdf",
            "html",
            "xml",
            "orc",
            "clipboard",
        ]
    },
    "numpy.load": ("r", 0, "file"),
    "numpy.loadtxt": ("r", 0, "fname"),
    "numpy.genfromtxt": ("r", 0, "fname"),
    "numpy.fromfile": ("r", 0, "file"),
    "numpy.save": ("w", 0, "file"),
    "numpy.savez": ("w", 0, "file"),
    "numpy.savez_compressed": ("w", 0, "file"),
    "numpy.savetxt": ("w", 0, "fname"),
    "matplotlib.pyplot.savefig": ("w", 0, "fname"),
    "matplotlib.pyplot.imread": ("r", 0, "fname"),
    "matplotlib.pyplot.imsave": ("w", 0, "fname"),
    "matplotlib.image.imread": ("r", 0, "fname"),
    "matplotlib.image.imsave": ("w", 0, "fname"),
    "matplotlib.image.thumbnail": ("w", 1, "thumbfile"),
    "matplotlib.rc_file": ("r", 0, "fname"),
    "matplotlib.pyplot.rc_file": ("r", 0, "fname"),
    **dict.fromkeys(STYLE_CALLS, ("", 0, "style")),
    "joblib.dump": ("w", 1, "filename"),
    "joblib.load": ("r", 0, "filename"),
    "pandas.ExcelFile": ("r", 0, "path_or_buffer"),
    "pandas.ExcelWriter": ("w", 0, "path"),
    "pandas.HDFStore": ("w", 0, "path"),
    "dotenv.load_dotenv": ("r", 0, "dotenv_path"),
    "dotenv.dotenv_values": ("r", 0, "dotenv_path"),
    "os.chdir": ("r", 0, "path"),
    "os.listdir": ("r", 0, "path"),
    "os.scandir": ("r", 0, "path"),
    "os.walk": ("r", 0, "top"),
    "os.stat": ("r", 0, "path"),
    "os.path.exists": ("r", 0, "path"),
    "os.path.isfile": ("r", 0, "path"),
    "os.path.isdir": ("r", 0, "path"),
    "os.path.getsize": ("r", 0, "path"),
    "os.path.getmtime": ("r", 0, "path"),
    "os.makedirs": ("w", 0, "name"),
    "os.mkdir": ("w", 0, "path"),
    "os.remove": ("w", 0, "path"),
    "os.unlink": ("w", 0, "path"),
    "os.open": ("w", 0, "path"),
    "os.truncate": ("w", 0, "path"),
    "os.chmod": ("w", 0, "path"),
    "os.utime": ("w", 0, "path"),
    "os.access": ("r", 0, "path"),
    "os.lstat": ("r", 0, "path"),
    "os.path.lexists": ("r", 0, "path"),
    "os.path.islink": ("r", 0, "path"),
    "os.path.getctime": ("r", 0, "filename"),
    "os.path.getatime": ("r", 0, "filename"),
    "os.path.realpath": ("r", 0, "filename"),
    "os.rename": ("w", None, ""),
    "os.replace": ("w", None, ""),
    "os.rmdir": ("w", 0, "path"),
    "os.system": ("w", None, ""),
    "glob.glob": ("r", None, ""),
    "glob.iglob": ("r", None, ""),
    "PIL.Image.open": ("r", 0, "fp"),
    "torch.save": ("w", 1, "f"),
    "torch.load": ("r", 0, "f"),
    "cv2.imread": ("r", 0, "filename"),
    "cv2.imwrite": ("w", 0, "filename"),
    "skimage.io.imread": ("r", 0, "fname"),
    "skimage.io.imsave": ("w", 0, "fname"),
    "scipy.io.loadmat": ("r", 0, "file_name"),
    "scipy.io.savemat": ("w", 0, "file_name"),
    "scipy.sparse.load_npz": ("r", 0, "file"),
    "scipy.sparse.save_npz": ("w", 0, "file"),
    "sklearn.tree.export_graphviz": ("w", None, ""),
    "sklearn.datasets.load_files": ("r", 0, "container_path"),
    "sklearn.datasets.load_svmlight_file": ("r", 0, "f"),
    "zipfile.ZipFile": ("w", 0, "file"),
    "tarfile.open": ("w", 0, "name"),
    "gzip.open": ("w", 0, "filename"),
    "bz2.open": ("w", 0, "filename"),
    "io.open": ("w", 0, "file"),
    "io.FileIO": ("w", 0, "file"),
    "numpy.lib.format.open_memmap": ("w", 0, "filename"),
    "numpy.memmap": ("w", 0, "filename"),
    "codecs.open": ("w", 0, "filename"),
    "h5py.File": ("w", 0, "name"),
    "sqlite3.connect": ("w", 0, "database"),
    "urllib.request.urlretrieve": ("w", 1, "filename"),
    "logging.FileHandler": ("w", 0, "filename"),
    "subprocess.run": ("w", None, ""),
    "subprocess.call": ("w", None, ""),
    "subprocess.check_output": ("w", None, ""),
    "subprocess.check_call": ("w", None, ""),
    "subprocess.Popen": ("w", None, ""),
}
#: Modules any of whose functions may write any file.
FILE_ROOTS = _words("shutil subprocess tempfile")
#: Methods that write the file named by their first argument.
WRITING_METHODS = _words(
    """to_csv to_excel to_parquet to_feather to_pickle to_json to_html to_latex to_hdf to_stata to_sql to_markdown
    to_string savefig write_text write_bytes mkdir unlink touch rename save write_html write_image save_model tofile
    rmdir write_csv write_parquet to_file write_json write_excel write_ipc write_ndjson write_avro sink_csv sink_parquet
    sink_ipc sink_ndjson to_xml to_netcdf to_zarr"""
)
#: Of those, the ones that return text and write nothing when they get no path.
WRITING_WITH_PATH = _words("to_csv to_json to_html to_latex to_markdown to_string")
#: Methods that read a file or folder named by the receiver.
READING_METHODS = _words(
    """read_text read_bytes iterdir glob rglob walk exists is_file is_dir is_symlink is_mount stat lstat samefile readlink
    owner group resolve"""
)
#: Methods of paths that change the file that they name and the one that they are given.
MOVING_METHODS = _words("rename replace symlink_to hardlink_to link_to copy copy_into move move_into")
#: Functions of `os` and `os.path` that touch no file; those that do, and are in no table, may touch any.
FILELESS_OS_CALLS = _words(
    """os.getcwd os.getenv os.getenvb os.cpu_count os.process_cpu_count os.getpid os.getppid os.urandom os.fspath os.fsencode
    os.fsdecode os.get_terminal_size os.getlogin os.getuid os.geteuid os.getgid os.uname os.times os.strerror os.chdir
    os.putenv os.unsetenv os.umask os.nice os.getloadavg os.kill os._exit os.abort os.path.join os.path.basename
    os.path.dirname os.path.split os.path.splitext os.path.splitdrive os.path.splitroot os.path.normpath os.path.normcase
    os.path.isabs os.path.abspath os.path.relpath os.path.commonpath os.path.commonprefix os.path.expanduser
    os.path.expandvars"""
)

#: Modules whose import changes something for everybody: repeated in every stage that follows.
IMPORTS_WITH_EFFECTS = _words(
    """mpl_toolkits.mplot3d sklearn.experimental cufflinks hvplot.pandas pandas_profiling ydata_profiling sklearnex
    jupyter_black nb_black statsmodels.graphics.tsaplots_ seaborn_ readline __future__ pingouin janitor"""
)

#: Modules whose import registers names, such as colormaps, to a pattern of these.
REGISTERED_NAMES = {
    "seaborn": r"(?:rocket|mako|flare|crest|icefire|vlag)(?:_r)?",
    "colorcet": r"cet_\w+",
    "cmocean": r"cmo\.\w+",
    "cmasher": r"cmr\.\w+",
    "cmcrameri": r"cmc\.\w+",
    "scienceplots": r"science|ieee|nature|notebook|no-latex|grid|scatter|high-vis|bright|vibrant|muted|retro",
}

#: Line magics that set something for what follows: repeated in every later stage.
SETTING_MAGICS = _words(
    """matplotlib config load_ext reload_ext unload_ext autoreload precision pylab env set_env cd pushd popd aimport alias
    alias_magic unalias xmode colors pprint automagic gui"""
)
#: Of those, the ones that a function in a module does not need inside: the stage notebook has them.
NOTEBOOK_ONLY_MAGICS = _words("matplotlib config autoreload load_ext reload_ext precision pprint colors xmode aimport")
#: Functions that are given a namespace to read names from.
NAMESPACE_CALLS = _words("timeit repeat Timer run_docstring_examples getmembers")
#: What looks for tests in `__main__`: examples in docstrings, and classes.
TESTING_CALLS = _words("testmod main TestProgram loadTestsFromModule loadTestsFromName loadTestsFromNames")
#: Magics that change the working directory, or what `%popd` and `%cd -` find.
FOLDER_MAGICS = _words("cd pushd popd")
#: Magics whose argument is Python that runs in the notebook's namespace.
PYTHON_MAGICS = _words("time timeit prun memit mprun lprun")
#: Magics that only show something.
SHOWING_MAGICS = _words(
    """pinfo pinfo2 pdoc pdef psource pycat pwd ls lsmagic magic quickref html javascript js latex svg markdown
    HTML cat head tail man pip conda lsmagic"""
)
#: Of those, the ones that read files.
READING_MAGICS = _words("cat head tail man ls pycat")
#: Magics that read or change names that only a run knows.
DYNAMIC_MAGICS = _words(
    "who whos who_ls reset reset_selective xdel store run load macro edit recall rerun history hist logstart debug pdb pastebin notebook save"
)

#: Functions that give `None`, whatever they are given.
GIVES_NONE = _words(
    """random.seed numpy.random.seed time.sleep warnings.filterwarnings warnings.simplefilter warnings.warn os.makedirs os.mkdir
    os.remove os.rename shutil.rmtree pickle.dump json.dump numpy.save numpy.savez numpy.savez_compressed numpy.savetxt
    numpy.set_printoptions pandas.set_option matplotlib.pyplot.savefig matplotlib.pyplot.tight_layout matplotlib.pyplot.close
    matplotlib.pyplot.show matplotlib.pyplot.grid seaborn.set seaborn.set_theme seaborn.set_style seaborn.set_context seaborn.set_palette
    seaborn.despine torch.save logging.basicConfig logging.info logging.warning logging.error logging.debug"""
)
#: Methods that do, by the kind of their object.
GIVES_NONE_METHODS = {
    "list": _words("append extend insert remove sort reverse clear"),
    "dict": _words("update clear"),
    "set": _words("add update discard remove clear difference_update intersection_update symmetric_difference_update"),
    "DataFrame": _words("info"),
    "Series": _words("info"),
}
#: Methods of tables that do where their first argument is a path.
GIVES_NONE_WITH_PATH = _words(
    "to_csv to_json to_html to_latex to_markdown to_string to_parquet to_pickle to_excel to_feather"
)
